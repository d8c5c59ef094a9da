namespace Zmtp.Cli.Json;

/// <summary>What was sent.</summary>
/// <param name="Messages">How many messages the socket took.</param>
/// <param name="Octets">Their octets.</param>
/// <param name="Dropped">How many of them did not leave; PUB counts them for each subscriber.</param>
internal sealed record SentJson(long Messages, long Octets, long Dropped);
