using System.Text;
using Zmtp.Engine;
using Zmtp.Security;
using Zmtp.Transports;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>Checks options once, where the socket is made, with errors that name the property.</summary>
internal static class SocketOptionsRules
{
    private const int MaxDomainLength = 255;
    private const string ApplicationPrefix = "X-";

    // Socket-Type and Identity go with them.
    private const int MaxMetadata = MetadataCodec.MaxProperties - 2;

    // What a receiver takes for a handshake command, less a good measure for the command itself, Socket-Type and Identity.
    private const int MaxMetadataOctets = ConnectionOptions.MaxHandshakeFrame - 1024;

    /// <summary>What the system's timers and blocking waits can count in milliseconds.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(24);

    public static void Check(SocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Security, nameof(options.Security));
        ArgumentNullException.ThrowIfNull(options.ZapDomain, nameof(options.ZapDomain));
        ArgumentNullException.ThrowIfNull(options.Metadata, nameof(options.Metadata));
        ArgumentNullException.ThrowIfNull(options.Transport, nameof(options.Transport));
        Greeting.ThrowIfNotAMechanismName(options.Security.MechanismName);
        ThrowUnless(
            options.ZapDomain.Length <= MaxDomainLength && Ascii.IsValid(options.ZapDomain),
            nameof(options.ZapDomain), $"is at most {MaxDomainLength} ASCII characters");
        ThrowUnless(options.SendHighWaterMark >= 0, nameof(options.SendHighWaterMark), "is a number of messages, or 0 for no limit");
        ThrowUnless(options.ReceiveHighWaterMark >= 0, nameof(options.ReceiveHighWaterMark), "is a number of messages, or 0 for no limit");
        ThrowUnless(options.SendHighWaterOctets >= 0, nameof(options.SendHighWaterOctets), "is a number of octets, or 0 for no limit");
        ThrowUnless(options.ReceiveHighWaterOctets >= 0, nameof(options.ReceiveHighWaterOctets), "is a number of octets, or 0 for no limit");
        ThrowUnless(
            options.RoutingId.Length <= PeerMetadataRules.MaxIdentityLength && (options.RoutingId.IsEmpty || options.RoutingId.Span[0] != 0),
            nameof(options.RoutingId), $"is at most {PeerMetadataRules.MaxIdentityLength} octets, the first of which is not zero");
        ThrowUnless(options.MaxPendingHandshakes > 0, nameof(options.MaxPendingHandshakes), "is at least 1");
        ThrowUnless(options.MaxMessageSize >= 0, nameof(options.MaxMessageSize), "is a number of octets, or 0 for no limit");
        CheckDurations(options);
        CheckTransport(options.Transport);
        ThrowUnless(
            options.Metadata.Count <= MaxMetadata, nameof(options.Metadata), $"has at most {MaxMetadata} properties: no more are read");
        ThrowUnless(
            MetadataCodec.GetLength(options.Metadata) <= MaxMetadataOctets,
            nameof(options.Metadata), $"takes at most {MaxMetadataOctets} octets as it is sent: a handshake brings no more");
        foreach (var property in options.Metadata)
        {
            ThrowUnless(
                property.Key.StartsWith(ApplicationPrefix, StringComparison.OrdinalIgnoreCase),
                nameof(options.Metadata), $"has names that begin with {ApplicationPrefix}, which \"{property.Key}\" does not");
        }
    }

    private static void CheckDurations(SocketOptions options)
    {
        const string Rule = "is between zero and 24 days, or infinite";
        const string PositiveRule = "is longer than zero and at most 24 days, or infinite";
        ThrowUnless(IsDuration(options.Linger), nameof(options.Linger), Rule);
        ThrowUnless(IsDuration(options.SendTimeout), nameof(options.SendTimeout), Rule);
        ThrowUnless(IsDuration(options.ReceiveTimeout), nameof(options.ReceiveTimeout), Rule);
        ThrowUnless(IsPositive(options.ReconnectInterval), nameof(options.ReconnectInterval), PositiveRule);
        ThrowUnless(IsFinite(options.ReconnectIntervalMax), nameof(options.ReconnectIntervalMax), "is between zero and 24 days");
        ThrowUnless(
            IsFinite(options.HandshakeTimeout) && options.HandshakeTimeout > TimeSpan.Zero,
            nameof(options.HandshakeTimeout), "is longer than zero, and at most 24 days");
        ThrowUnless(IsDuration(options.HeartbeatInterval), nameof(options.HeartbeatInterval), Rule);
        ThrowUnless(options.HeartbeatTimeout is not { } timeout || IsPositive(timeout), nameof(options.HeartbeatTimeout), PositiveRule);
        ThrowUnless(
            options.HeartbeatTtl >= TimeSpan.Zero &&
            options.HeartbeatTtl.TotalMilliseconds < (HeartbeatOptions.MaxTtl + 1) * HeartbeatOptions.TtlUnitMilliseconds,
            nameof(options.HeartbeatTtl), "is between zero and 65.5 s");
    }

    private static void CheckTransport(TransportOptions options)
    {
        const string Where = nameof(SocketOptions.Transport) + ".";
        ThrowUnless(options.Backlog > 0, Where + nameof(options.Backlog), "is at least 1");
        ThrowUnless(options.SendBufferSize is null or > 0, Where + nameof(options.SendBufferSize), "is at least 1 octet, or null");
        ThrowUnless(options.ReceiveBufferSize is null or > 0, Where + nameof(options.ReceiveBufferSize), "is at least 1 octet, or null");
        ThrowUnless(
            options.KeepAlive is not { } idle || idle > TimeSpan.Zero || idle == Timeout.InfiniteTimeSpan,
            Where + nameof(options.KeepAlive), "is longer than zero, or infinite, or null");
        ThrowUnless(
            options.ConnectTimeout is not { } timeout || IsPositive(timeout),
            Where + nameof(options.ConnectTimeout), "is longer than zero and at most 24 days, or infinite, or null");
    }

    /// <summary>Whether it is between zero and 24 days, or infinite.</summary>
    public static bool IsDuration(TimeSpan value) => IsFinite(value) || value == Timeout.InfiniteTimeSpan;

    /// <summary>What a connection of such a socket must know of it.</summary>
    public static ConnectionOptions ToConnectionOptions(SocketType type, SocketOptions options, TimeProvider time) => new()
    {
        SocketType = type,
        Security = options.Security,
        Domain = options.ZapDomain,
        LocalMetadata = EncodeMetadata(type, options),
        HandshakeTimeout = options.HandshakeTimeout,
        MaxMessageSize = LimitOf(options.MaxMessageSize),
        Heartbeat = ToHeartbeat(options),
        Time = time,
    };

    /// <summary>Octets that something may have, of a setting by which 0 is no limit.</summary>
    public static long LimitOf(long octets) => octets == 0 ? long.MaxValue : octets;

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

    private static HeartbeatOptions ToHeartbeat(SocketOptions options)
    {
        var interval = options.HeartbeatInterval == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : options.HeartbeatInterval;
        return new HeartbeatOptions(interval, options.HeartbeatTimeout ?? interval, options.HeartbeatTtl);
    }

    private static bool IsPositive(TimeSpan value) => IsDuration(value) && value != TimeSpan.Zero;

    private static bool IsFinite(TimeSpan value) => value >= TimeSpan.Zero && value <= LongestDuration;

    private static void ThrowUnless(bool condition, string property, string rule)
    {
        if (!condition) throw new ArgumentException($"SocketOptions.{property} {rule}.");
    }
}
