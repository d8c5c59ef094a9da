namespace Zmtp.Cli.Json;

/// <summary>A message that came in, but for its frames, which stand before all this and may be too large for one string.</summary>
/// <param name="Encoding">How the frames are written: "utf-8", or "hex" for all of them when one is no text.</param>
/// <param name="Peer">The peer's IP address.</param>
/// <param name="Mechanism">The mechanism of its connection.</param>
/// <param name="UserId">The user that the authenticator took the peer for.</param>
/// <param name="PublicKey">CURVE: its public key in Z85.</param>
internal sealed record MessageJson(string Encoding, string? Peer, string? Mechanism, string? UserId, string? PublicKey);
