namespace Zmtp.Cli.Json;

/// <summary>What an authenticator decided about one peer. Never its password.</summary>
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
    IReadOnlyDictionary<string, string>? Metadata);
