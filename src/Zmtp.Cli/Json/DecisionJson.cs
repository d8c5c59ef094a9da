namespace Zmtp.Cli.Json;

/// <summary>What an authenticator decided about one peer. Never its password.</summary>
/// <param name="Time">When, in this machine's time.</param>
/// <param name="Status">200, 300, 400 or 500.</param>
/// <param name="Reason">The authenticator's words.</param>
/// <param name="Mechanism">The mechanism of the connection.</param>
/// <param name="Domain">The ZAP domain.</param>
/// <param name="Address">The peer's IP address; empty where there is none.</param>
/// <param name="User">The name that the peer claims or was given, as <paramref name="Encoding"/> has it.</param>
/// <param name="PublicKey">CURVE: its public key in Z85.</param>
/// <param name="Identity">Its Identity, as <paramref name="Encoding"/> has it.</param>
/// <param name="Metadata">What the authenticator adds; the values as <paramref name="Encoding"/> has it.</param>
/// <param name="Encoding">"utf-8", or "hex" when one of those is no text.</param>
internal sealed record DecisionJson(
    string Time,
    int Status,
    string Reason,
    string Mechanism,
    string Domain,
    string Address,
    string? User,
    string? PublicKey,
    string? Identity,
    IReadOnlyDictionary<string, string>? Metadata,
    string Encoding);
