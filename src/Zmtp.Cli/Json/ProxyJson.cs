namespace Zmtp.Cli.Json;

/// <summary>What a proxy has passed on.</summary>
internal sealed record ProxyJson(DirectionJson Forward, DirectionJson Backward, long CopiesDropped);

/// <summary>One direction.</summary>
internal sealed record DirectionJson(long Messages, long Octets, long Dropped);
