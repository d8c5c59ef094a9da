namespace Zmtp.Cli.Json;

/// <summary>What was sent.</summary>
internal sealed record SentJson(long Messages, long Octets);
