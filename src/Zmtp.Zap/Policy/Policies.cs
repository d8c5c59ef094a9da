namespace Zmtp.Zap;

/// <summary>All that an authenticator goes by. Immutable: a change makes a new one, so that a request sees one state throughout.</summary>
internal sealed record Policies
{
    /// <summary>The name of the policy of domains that have none of their own.</summary>
    public const string DefaultDomain = "*";

    public static readonly Policies Start = new();

    public AddressRules Everywhere { get; init; } = AddressRules.None;

    public DomainMap<AddressRules> Addresses { get; init; } = new();

    public ConnectionLimits Limits { get; init; }

    public DomainMap<ConnectionLimits> DomainLimits { get; init; } = new();

    public DomainMap<bool> Null { get; init; } = new();

    public DomainMap<PlainPolicy> Plain { get; init; } = new();

    public DomainMap<CurvePolicy> Curve { get; init; } = new();

    /// <summary>The application's own.</summary>
    public DomainMap<Policy> Own { get; init; } = new();

    /// <summary>The stores that say when they change.</summary>
    public IEnumerable<IChangingStore> ChangingStores =>
        Plain.Values.Select(static policy => (object?)policy.Store)
            .Concat(Curve.Values.Select(static policy => (object?)policy.Store))
            .OfType<IChangingStore>();

    /// <returns>Null when the address may come in, else why it may not.</returns>
    public string? CheckAddress(string domain, string address) =>
        Everywhere.Check(address, AddressRules.None) ?? AddressesOf(domain).Check(address, AddressesOf(DefaultDomain));

    /// <summary>Whether NULL is let in; at the start it is.</summary>
    public bool AllowsNull(string domain) => !Null.TryGet(domain, out var allow) || allow;

    public AddressRules AddressesOf(string domain) => Addresses.TryGetOwn(domain, out var rules) ? rules : AddressRules.None;

    public ConnectionLimits LimitsOf(string domain) => DomainLimits.TryGet(domain, out var limits) ? limits : default;
}
