namespace Zmtp.Cli.Json;

/// <summary>A message that came in.</summary>
/// <param name="Frames">Its frames, as <paramref name="Encoding"/> has it.</param>
/// <param name="Encoding">"utf-8", or "hex" for all frames when one of them is no text.</param>
/// <param name="Peer">The peer's IP address.</param>
/// <param name="Mechanism">The mechanism of its connection.</param>
/// <param name="UserId">Whom the authenticator took it for.</param>
/// <param name="PublicKey">CURVE: its public key in Z85.</param>
internal sealed record MessageJson(
    IReadOnlyList<string> Frames, string Encoding, string? Peer, string? Mechanism, string? UserId, string? PublicKey);
