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
internal sealed record PeerJson(
    string SocketType, string Endpoint, string Mechanism, string? PublicKey, IReadOnlyDictionary<string, string> Metadata);
