using Zmtp.Wire;

namespace Zmtp.Security;

/// <summary>The rules that READY and INITIATE properties are held to, whatever the mechanism.</summary>
internal static class PeerMetadataRules
{
    /// <summary>An Identity is 0 to 255 octets, and its first octet is not zero (RFC 37, "Identity").</summary>
    public const int MaxIdentityLength = 255;

    public static ZmtpMetadata Read(ReadOnlySpan<byte> properties)
    {
        var metadata = MetadataCodec.Read(properties);
        ThrowIfRepeated(metadata, ZmtpMetadata.SocketType);
        if (IgnoresIdentity(metadata)) return WithoutIdentity(metadata);
        ThrowIfRepeated(metadata, ZmtpMetadata.Identity);
        if (metadata.TryGet(ZmtpMetadata.Identity, out var identity)) ThrowIfNotAnIdentity(identity.Span);
        return metadata;
    }

    public static ZmtpProtocolException? CheckSocketType(SocketType own, ZmtpMetadata peerMetadata)
    {
        if (!peerMetadata.TryGet(ZmtpMetadata.SocketType, out var token))
        {
            return Incompatible("The peer did not announce its Socket-Type. Check that the other end is a ZeroMQ socket.");
        }

        if (!SocketTypes.TryParse(token.Span, out var peer))
        {
            return Incompatible("The peer announced a Socket-Type that nobody knows. Check what runs at the other end.");
        }

        if (SocketTypes.AreCompatible(own, peer)) return null;
        return Incompatible(
            $"{SocketTypes.WithArticle(own)} socket does not talk to the peer's {SocketTypes.ToToken(peer)} socket. " +
            "Check the endpoint and the socket types at both ends.",
            peer);
    }

    // RFC 23, "The Identity Property": it is that of REQ, DEALER and ROUTER. A peer of an unknown type is refused for its type or for its
    // Identity.
    private static bool IgnoresIdentity(ZmtpMetadata metadata) =>
        metadata.TryGet(ZmtpMetadata.SocketType, out var token) && SocketTypes.TryParse(token.Span, out var type) &&
        type is not (SocketType.Req or SocketType.Dealer or SocketType.Router);

    /// <summary>Whatever it holds, nobody is to take it for the peer's Identity: neither an authenticator nor the application.</summary>
    private static ZmtpMetadata WithoutIdentity(ZmtpMetadata metadata) => metadata.TryGet(ZmtpMetadata.Identity, out _)
        ? new(metadata.Where(static property => !string.Equals(property.Key, ZmtpMetadata.Identity, StringComparison.OrdinalIgnoreCase)))
        : metadata;

    private static ZmtpProtocolException Incompatible(string message, SocketType? peer = null) =>
        new(ProtocolError.IncompatibleSocketType, message, mayRetry: false) { PeerSocketType = peer };

    private static void ThrowIfRepeated(ZmtpMetadata metadata, string name)
    {
        var seen = false;
        foreach (var property in metadata)
        {
            if (!string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase)) continue;
            if (seen) throw new ZmtpProtocolException(ProtocolError.InvalidMetadata, $"The peer sent its {name} property twice.");
            seen = true;
        }
    }

    private static void ThrowIfNotAnIdentity(ReadOnlySpan<byte> identity)
    {
        if (identity.Length > MaxIdentityLength)
        {
            throw new ZmtpProtocolException(
                ProtocolError.InvalidIdentity, $"The peer's Identity has {identity.Length} octets; at most {MaxIdentityLength} are allowed.");
        }

        if (identity.Length > 0 && identity[0] == 0)
        {
            throw new ZmtpProtocolException(ProtocolError.InvalidIdentity, "The peer's Identity begins with a zero octet, which is reserved.");
        }
    }
}
