using System.Buffers;
using System.Text;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Zap;

/// <summary>
/// What an authenticator may attach to a peer's messages. Names that stand for what the peer or the library itself says
/// (Socket-Type, Identity, Resource, User-Id, Peer-Address) never pass, so that a handler or a certificate cannot speak for them.
/// Stateless; safe on any thread.
/// </summary>
public static class ZapMetadata
{
    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+");

    private static readonly SearchValues<string> Reserved = SearchValues.Create(
        [ZmtpMetadata.SocketType, ZmtpMetadata.Identity, ZmtpMetadata.Resource, "User-Id", "Peer-Address"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Turns a certificate's metadata into properties: values as UTF-8, names unchanged. A name that is reserved, longer than 255
    /// characters or uses one of "$", "@", "&amp;", "/" (ZPL allows them, RFC 23 does not) is left out.
    /// </summary>
    /// <param name="metadata">Names and values of a certificate.</param>
    /// <exception cref="ArgumentException">
    /// More than <see cref="MetadataCodec.MaxProperties"/> would be left, so that a ZAP reply with them would be refused.
    /// </exception>
    public static ZmtpMetadata FromCertificate(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var properties = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>();
        foreach (var (name, value) in metadata)
        {
            if (IsUsable(name)) properties.Add(new(name, Encoding.UTF8.GetBytes(value)));
        }

        if (WhyTooMany(properties.Count) is { } why) throw new ArgumentException(why, nameof(metadata));
        return properties.Count == 0 ? ZmtpMetadata.Empty : new ZmtpMetadata(properties);
    }

    /// <summary>Why nobody could come in by a certificate: more properties would come of it than are read. Null for nothing.</summary>
    internal static string? WhyTooMany(CertificateMetadata metadata) =>
        WhyTooMany(metadata.Count(static property => IsUsable(property.Key)));

    internal static ZmtpMetadata WithoutReserved(ZmtpMetadata metadata) =>
        metadata.Any(property => IsReserved(property.Key))
            ? new ZmtpMetadata(metadata.Where(property => !IsReserved(property.Key)))
            : metadata;

    /// <summary>Two lists in one; where both have a name, the second one's value counts.</summary>
    internal static ZmtpMetadata Merge(ZmtpMetadata first, ZmtpMetadata second)
    {
        if (second.Count == 0) return first;
        return first.Count == 0 ? second : new ZmtpMetadata([.. second, .. first.Where(property => !second.TryGet(property.Key, out _))]);
    }

    private static string? WhyTooMany(int count) => count > MetadataCodec.MaxProperties
        ? $"The certificate has metadata of {count} names, and {MetadataCodec.MaxProperties} can be attached to a peer. Take some out."
        : null;

    private static bool IsUsable(string name) => !IsReserved(name) && IsPropertyName(name);

    private static bool IsReserved(string name) => Reserved.Contains(name);

    private static bool IsPropertyName(string name) =>
        name.Length is > 0 and <= ZapText.MaxStringLength && !name.AsSpan().ContainsAnyExcept(NameChars);
}
