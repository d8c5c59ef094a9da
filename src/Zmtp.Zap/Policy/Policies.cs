namespace Zmtp.Zap;

/// <summary>All that an authenticator goes by. Immutable: a change makes a new one, so that a request sees one state throughout.</summary>
internal sealed record Policies
{
    /// <summary>The name of the policy of domains that have none of their own.</summary>
    public const string DefaultDomain = "*";

    public static readonly Policies Start = new();

    public AddressRules Everywhere { get; init; } = AddressRules.None;

    public DomainMap<AddressRules> Addresses { get; init; } = new();

    public DomainMap<bool> Null { get; init; } = new();

    public DomainMap<IPasswordStore> Plain { get; init; } = new();

    public DomainMap<CurvePolicy> Curve { get; init; } = new();

    /// <returns>Null when the address may come in, else why it may not.</returns>
    public string? CheckAddress(string domain, string address) =>
        Everywhere.Check(address) ?? (Addresses.TryGet(domain, out var rules) ? rules.Check(address) : null);
}
