using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

/// <summary>A setting for each domain, and one for the rest under "*". Immutable.</summary>
internal sealed class DomainMap<T>
{
    private readonly ImmutableDictionary<string, T> _values;

    public DomainMap()
        : this(ImmutableDictionary.Create<string, T>(StringComparer.Ordinal))
    {
    }

    private DomainMap(ImmutableDictionary<string, T> values) => _values = values;

    public IEnumerable<T> Values => _values.Values;

    public DomainMap<T> With(string domain, T value) => new(_values.SetItem(domain, value));

    public DomainMap<T> Without(string domain) => new(_values.Remove(domain));

    public bool TryGetOwn(string domain, [MaybeNullWhen(false)] out T value) => _values.TryGetValue(domain, out value);

    public bool TryGet(string domain, [MaybeNullWhen(false)] out T value) =>
        _values.TryGetValue(domain, out value) || _values.TryGetValue(Policies.DefaultDomain, out value);
}
