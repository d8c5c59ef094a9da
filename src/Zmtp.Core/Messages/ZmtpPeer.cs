using Zmtp.Security;
using Zmtp.Text;

namespace Zmtp;

/// <summary>
/// The peer at the far end of one connection, as it stood when its handshake succeeded. All messages of the connection share
/// it. Immutable; safe on any thread.
/// </summary>
public sealed class ZmtpPeer
{
    /// <summary>The type of the peer's socket.</summary>
    public required SocketType SocketType { get; init; }

    /// <summary>
    /// The Identity that the peer chose, a REQ, DEALER or ROUTER; empty when it chose none, and of peers of other types, whose Identity is ignored
    /// (RFC 23). Unverified: any peer may claim any Identity. RFC 23 calls the property Identity,
    /// libzmq the option routing id; a socket of this library announces its <c>SocketOptions.RoutingId</c>. A ROUTER makes a routing id up for a peer
    /// that chose none, which is not here: it is the first frame of the peer's messages.
    /// </summary>
    public ReadOnlyMemory<byte> Identity { get; init; }

    /// <summary>The peer's IP address without a port; empty for ipc and inproc.</summary>
    public string Address { get; init; } = "";

    /// <summary>The peer's endpoint, for example <c>tcp://127.0.0.1:40001</c>.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>The security mechanism of the connection: NULL, PLAIN, CURVE; empty for inproc, which has none.</summary>
    public string Mechanism { get; init; } = "";

    /// <summary>The name that the authenticator vouched for; empty when nobody was asked.</summary>
    public string UserId { get; init; } = "";

    /// <summary>CURVE: the permanent public key, 32 octets, that the peer has proven to own. Otherwise empty.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>
    /// All properties the peer sent in its handshake, but for an Identity that is ignored; the application's <c>X-</c> ones among them. Unverified.
    /// </summary>
    public ZmtpMetadata Metadata { get; init; } = ZmtpMetadata.Empty;

    /// <summary>The properties that the authenticator attached (from the peer's certificate, for example). Verified.</summary>
    public ZmtpMetadata VerifiedMetadata { get; init; } = ZmtpMetadata.Empty;

    /// <summary>Whether the peer connected to us (rather than we to it).</summary>
    public bool IsIncoming { get; init; }

    /// <summary>The minor version of ZMTP 3 that the two ends use: 0 or 1.</summary>
    public int MinorVersion { get; init; } = 1;

    /// <summary>Type, endpoint and user id, on one line: what in the user id would break it or steer a terminal is written as <c>\uHHHH</c>.</summary>
    public override string ToString() =>
        $"{SocketTypes.ToToken(SocketType)} at {Endpoint}{(UserId.Length == 0 ? "" : $", user id {OneLine.Of(UserId)}")}";
}
