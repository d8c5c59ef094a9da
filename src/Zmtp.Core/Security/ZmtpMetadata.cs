using System.Collections;
using System.Text;
using Zmtp.Wire;

namespace Zmtp.Security;

/// <summary>
/// An immutable list of metadata properties, as READY, INITIATE and ZAP replies carry them. Names are compared without
/// regard to case (RFC 23, section "Connection Metadata"). Safe on any thread.
/// </summary>
public sealed class ZmtpMetadata : IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>>
{
    /// <summary>The well-known name of the property that carries the socket type.</summary>
    public const string SocketType = "Socket-Type";

    /// <summary>The well-known name of the property that carries the peer's Identity.</summary>
    public const string Identity = "Identity";

    /// <summary>The well-known name of the property that carries the requested resource (RFC 37).</summary>
    public const string Resource = "Resource";

    /// <summary>No properties.</summary>
    public static readonly ZmtpMetadata Empty = OfOwn([]);

    private readonly KeyValuePair<string, ReadOnlyMemory<byte>>[] _properties;

    /// <summary>Creates a list from properties in the order in which they go on the wire.</summary>
    /// <param name="properties">Names of 1 to 255 octets (ALPHA, DIGIT, "-", "_", ".", "+") and their values; copied.</param>
    /// <exception cref="ArgumentException">A name breaks the grammar.</exception>
    public ZmtpMetadata(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> properties)
        : this([.. properties.Select(static property => KeyValuePair.Create(property.Key, new ReadOnlyMemory<byte>(property.Value.ToArray())))])
    {
    }

    private ZmtpMetadata(KeyValuePair<string, ReadOnlyMemory<byte>>[] properties)
    {
        foreach (var property in properties) MetadataCodec.ThrowIfNotAName(property.Key);
        _properties = properties;
    }

    /// <summary>
    /// Makes a list of properties that are text, in the order in which they go on the wire: <c>OfText(("X-Host", "pc-7"), ("X-Team", "blue"))</c>.
    /// </summary>
    /// <param name="properties">Names of 1 to 255 octets (ALPHA, DIGIT, "-", "_", ".", "+") and their values, which are written in UTF-8.</param>
    /// <returns>The list. <see cref="GetText"/> reads them.</returns>
    /// <exception cref="ArgumentNullException">A name or a value is null.</exception>
    /// <exception cref="ArgumentException">A name breaks the grammar.</exception>
    public static ZmtpMetadata OfText(params ReadOnlySpan<(string Name, string Value)> properties)
    {
        var octets = new KeyValuePair<string, ReadOnlyMemory<byte>>[properties.Length];
        for (var i = 0; i < octets.Length; i++)
        {
            var (name, value) = properties[i];
            ArgumentNullException.ThrowIfNull(name, nameof(properties));
            ArgumentNullException.ThrowIfNull(value, nameof(properties));
            octets[i] = new(name, Encoding.UTF8.GetBytes(value));
        }

        return OfOwn(octets);
    }

    /// <summary>Makes a list of properties that are nobody else's, and are kept.</summary>
    internal static ZmtpMetadata OfOwn(KeyValuePair<string, ReadOnlyMemory<byte>>[] properties) => new(properties);

    /// <summary>How many properties there are.</summary>
    public int Count => _properties.Length;

    /// <summary>Finds a property by name, without regard to case. The first one counts.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="value">Its octets.</param>
    /// <returns>Whether the property is there.</returns>
    public bool TryGet(string name, out ReadOnlyMemory<byte> value)
    {
        foreach (var property in _properties)
        {
            if (!string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase)) continue;
            value = property.Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>The value of a property as UTF-8 text, or null when it is not there.</summary>
    /// <param name="name">The property's name.</param>
    public string? GetText(string name) => TryGet(name, out var value) ? Encoding.UTF8.GetString(value.Span) : null;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, ReadOnlyMemory<byte>>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>>)_properties).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
