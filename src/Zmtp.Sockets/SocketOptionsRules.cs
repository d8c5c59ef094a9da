using System.Text;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>Checks options once, where the socket is made, with errors that name the property.</summary>
internal static class SocketOptionsRules
{
    private const int MaxDomainLength = 255;
    private const string ApplicationPrefix = "X-";

    /// <summary>What the system's timers and blocking waits can count in milliseconds.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);

    public static void Check(SocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Security, nameof(options.Security));
        Greeting.ThrowIfNotAMechanismName(options.Security.MechanismName);
        ThrowUnless(
            options.ZapDomain.Length <= MaxDomainLength && Ascii.IsValid(options.ZapDomain),
            nameof(options.ZapDomain), $"is at most {MaxDomainLength} ASCII characters");
        ThrowUnless(options.SendHighWaterMark >= 0, nameof(options.SendHighWaterMark), "is a number of messages, or 0 for no limit");
        ThrowUnless(options.ReceiveHighWaterMark >= 0, nameof(options.ReceiveHighWaterMark), "is a number of messages, or 0 for no limit");
        ThrowUnless(options.ReceiveHighWaterOctets > 0, nameof(options.ReceiveHighWaterOctets), "is at least 1 octet");
        ThrowUnless(IsDuration(options.Linger), nameof(options.Linger), "is between zero and 24 days, or infinite");
        ThrowUnless(IsDuration(options.SendTimeout), nameof(options.SendTimeout), "is between zero and 24 days, or infinite");
        ThrowUnless(IsDuration(options.ReceiveTimeout), nameof(options.ReceiveTimeout), "is between zero and 24 days, or infinite");
        ThrowUnless(
            options.RoutingId.Length <= PeerMetadataRules.MaxIdentityLength && (options.RoutingId.IsEmpty || options.RoutingId.Span[0] != 0),
            nameof(options.RoutingId), $"is at most {PeerMetadataRules.MaxIdentityLength} octets, the first of which is not zero");
        ThrowUnless(options.ReconnectInterval > TimeSpan.Zero, nameof(options.ReconnectInterval), "is longer than zero");
        ThrowUnless(options.ReconnectIntervalMax >= TimeSpan.Zero, nameof(options.ReconnectIntervalMax), "is not negative");
        ThrowUnless(
            options.HandshakeTimeout > TimeSpan.Zero && options.HandshakeTimeout <= LongestDuration,
            nameof(options.HandshakeTimeout), "is longer than zero, and at most 24 days");
        ThrowUnless(options.MaxPendingHandshakes > 0, nameof(options.MaxPendingHandshakes), "is at least 1");
        ThrowUnless(options.MaxMessageSize > 0, nameof(options.MaxMessageSize), "is at least 1 octet");
        ThrowUnless(options.HeartbeatInterval >= TimeSpan.Zero, nameof(options.HeartbeatInterval), "is not negative");
        ThrowUnless(
            options.HeartbeatTimeout is not { } timeout || timeout > TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan,
            nameof(options.HeartbeatTimeout), "is longer than zero, or infinite");
        ThrowUnless(
            options.HeartbeatTtl >= TimeSpan.Zero && options.HeartbeatTtl.TotalMilliseconds < (HeartbeatOptions.MaxTtl + 1) * HeartbeatOptions.TtlUnitMilliseconds,
            nameof(options.HeartbeatTtl), "is between zero and 65.5 s");
        foreach (var property in options.Metadata)
        {
            ThrowUnless(
                property.Key.StartsWith(ApplicationPrefix, StringComparison.OrdinalIgnoreCase),
                nameof(options.Metadata), $"has names that begin with {ApplicationPrefix}, which \"{property.Key}\" does not");
        }
    }

    /// <summary>What a connection of such a socket must know of it.</summary>
    public static ConnectionOptions ToConnectionOptions(SocketType type, SocketOptions options, TimeProvider time) => new()
    {
        SocketType = type,
        Security = options.Security,
        Domain = options.ZapDomain,
        LocalMetadata = EncodeMetadata(type, options),
        HandshakeTimeout = options.HandshakeTimeout,
        MaxMessageSize = options.MaxMessageSize,
        Heartbeat = new HeartbeatOptions(
            options.HeartbeatInterval, options.HeartbeatTimeout ?? options.HeartbeatInterval, options.HeartbeatTtl),
        Time = time,
    };

    /// <summary>The properties for READY and INITIATE: Socket-Type first, Identity for the types that use it, then the application's.</summary>
    public static byte[] EncodeMetadata(SocketType type, SocketOptions options)
    {
        var properties = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>
        {
            new(ZmtpMetadata.SocketType, Encoding.ASCII.GetBytes(SocketTypes.ToToken(type))),
        };
        if (type is SocketType.Req or SocketType.Dealer or SocketType.Router) properties.Add(new(ZmtpMetadata.Identity, options.RoutingId));
        properties.AddRange(options.Metadata);
        return MetadataCodec.Encode(new ZmtpMetadata(properties));
    }

    private static bool IsDuration(TimeSpan value) => (value >= TimeSpan.Zero && value <= LongestDuration) || value == Timeout.InfiniteTimeSpan;

    private static void ThrowUnless(bool condition, string property, string rule)
    {
        if (!condition) throw new ArgumentException($"SocketOptions.{property} {rule}.");
    }
}
