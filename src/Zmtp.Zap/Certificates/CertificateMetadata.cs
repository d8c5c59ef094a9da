using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

/// <summary>A certificate's metadata: names and values in order. Names are compared exactly. Not thread-safe while it is changed.</summary>
public sealed class CertificateMetadata : IEnumerable<KeyValuePair<string, string>>
{
    private readonly OrderedDictionary<string, string> _values = new(StringComparer.Ordinal);

    internal CertificateMetadata()
    {
    }

    /// <summary>A value by name.</summary>
    /// <param name="name">The name; see <see cref="Set"/>.</param>
    /// <exception cref="KeyNotFoundException">Get: there is no such name.</exception>
    /// <exception cref="ArgumentException">Set: name or value break the grammar.</exception>
    public string this[string name]
    {
        get => _values[name];
        set => Set(name, value);
    }

    /// <summary>How many names there are.</summary>
    public int Count => _values.Count;

    /// <summary>Sets a value. A name that is there already keeps its place and gets the new value.</summary>
    /// <param name="name">A ZPL name: A-Z, a-z, 0-9, "$-_@.&amp;+/", with "/" neither first nor last.</param>
    /// <param name="value">One line of text without control characters that does not hold both kinds of quote.</param>
    /// <exception cref="ArgumentException">Name or value break these rules.</exception>
    public void Set(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        ZplWriter.ThrowIfNotAName(name, nameof(name));
        ZplWriter.ThrowIfNotAValue(value, nameof(value));
        _values[name] = value;
    }

    /// <summary>Removes a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string name) => _values.Remove(name);

    /// <summary>Finds a value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the name is there.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out string value) => _values.TryGetValue(name, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Takes over what a file says, even a value that could not be written back. Of equal names the first counts, as in CZMQ.
    /// </summary>
    internal void AddLoaded(string name, string value) => _values.TryAdd(name, value);
}
