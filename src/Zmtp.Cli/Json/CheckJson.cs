namespace Zmtp.Cli.Json;

/// <summary>What "zmtp check" has found.</summary>
internal sealed record CheckJson(
    string Endpoint,
    string Outcome,
    int ExitCode,
    string Message,
    int Attempts,
    IReadOnlyList<StepJson> Steps,
    GreetingJson? Greeting,
    string? PeerSocketType,
    PeerJson? Peer);

/// <summary>One step.</summary>
internal sealed record StepJson(string Stage, bool Ok, string Text);

/// <summary>The peer's greeting.</summary>
internal sealed record GreetingJson(string Version, string Mechanism, bool AsServer);

/// <summary>The peer, after a handshake that succeeded.</summary>
/// <param name="SocketType">Its type.</param>
/// <param name="Endpoint">Its end of the connection.</param>
/// <param name="Mechanism">The mechanism of the connection.</param>
/// <param name="PublicKey">CURVE: its public key in Z85.</param>
/// <param name="Metadata">What it says of itself; the values as <paramref name="Encoding"/> has it.</param>
/// <param name="Encoding">"utf-8", or "hex" for all values when one of them is no text.</param>
internal sealed record PeerJson(
    string SocketType, string Endpoint, string Mechanism, string? PublicKey, IReadOnlyDictionary<string, string> Metadata, string Encoding);
