namespace Zmtp.Security;

/// <summary>What a mechanism is told about its connection. One per connection; not shared.</summary>
public sealed class HandshakeContext
{
    /// <summary>The type of this socket.</summary>
    public required SocketType SocketType { get; init; }

    /// <summary>Whether this end made the connection (rather than accepted it).</summary>
    public required bool IsConnecting { get; init; }

    /// <summary>The minor version of ZMTP 3 to speak with the peer: 0 (RFC 23) when it announced 3.0, otherwise 1 (RFC 37).</summary>
    public required int PeerMinorVersion { get; init; }

    /// <summary>The properties to send in READY or INITIATE, encoded as a property list (RFC 23).</summary>
    public required ReadOnlyMemory<byte> LocalMetadata { get; init; }

    /// <summary>The ZAP domain of this socket, empty when none is set. At most 255 ASCII characters.</summary>
    public required string Domain { get; init; }

    /// <summary>The peer's IP address as text without a port; empty for ipc.</summary>
    public required string PeerAddress { get; init; }

    /// <summary>The clock that bounds the life of a CURVE cookie. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether <see cref="Mechanism.WorkAhead"/> is going to be called before each wait. Default false: a machine need not keep what only that
    /// calls for.
    /// </summary>
    public bool WorksAhead { get; init; }

    /// <summary>
    /// Reads the peer's property list: structure, duplicates, Identity, which is left out where the Socket-Type has none (RFC 23: only REQ, DEALER and
    /// ROUTER have). Does not judge the socket type: see <see cref="CheckSocketType"/>.
    /// </summary>
    /// <param name="properties">The encoded list.</param>
    /// <exception cref="ZmtpProtocolException">The list is malformed: close without ERROR.</exception>
    public static ZmtpMetadata ReadPeerMetadata(ReadOnlySpan<byte> properties) => PeerMetadataRules.Read(properties);

    /// <summary>Judges whether the peer's Socket-Type may talk to ours (RFC 23 and RFC 37, "Socket-Type").</summary>
    /// <param name="peerMetadata">The peer's properties.</param>
    /// <returns>
    /// Null when the two match; otherwise the error to end the handshake with. A server that has not yet sent its last
    /// command sends ERROR first, a client just closes.
    /// </returns>
    public ZmtpProtocolException? CheckSocketType(ZmtpMetadata peerMetadata) => PeerMetadataRules.CheckSocketType(SocketType, peerMetadata);
}
