using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>The errors of sockets in this library's words: who is at fault, may it be retried, what to check.</summary>
internal static class SocketFaults
{
    private const string UnknownName = "the name is not known; check the host part and the name service";
    private const string OneNameUnknown = "a name in it is not known; check the source before the semicolon, the host part, and the name service";
    private const string NameUnknownNow = "the name service cannot answer at present; check that it runs, and the host part";

    /// <summary>Whether an exception of a socket tells of the connection, and not of a mistake in calling it.</summary>
    public static bool IsFault(Exception exception) => exception is SocketException or ObjectDisposedException;

    /// <summary>A connection that this side ended.</summary>
    public static ZmtpException Aborted(string endpoint, Exception? cause = null) => new(
        $"The connection to {endpoint} was closed on this side.", FaultOrigin.Local, mayRetry: true, cause);

    /// <summary>A connection that broke.</summary>
    public static ZmtpException Lost(string endpoint, Exception cause)
    {
        var what = Code(cause) switch
        {
            SocketError.ConnectionReset or SocketError.ConnectionAborted =>
                "was reset: the peer closed it without reading what it was sent, crashed, or something in between cut it",
            SocketError.Shutdown => "takes no more octets: the peer or this side has ended it",
            SocketError.TimedOut => "timed out: the peer or the network no longer answers",
            SocketError.OperationAborted => "was ended: a write was broken off, and the system does not tell how much of it has left",
            SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.HostDown =>
                "broke: the network no longer leads there",
            _ => $"failed: {cause.Message}",
        };
        return new ZmtpException($"The connection to {endpoint} {what}.", FaultOrigin.Network, mayRetry: true, cause);
    }

    /// <summary>
    /// Whether the error of a write says that the connection is over in this direction at least, for causes which a read is told of too, once it
    /// has taken what has arrived before. Not a want of memory, nor what this side has ended.
    /// </summary>
    public static bool IsEndOfConnection(Exception exception) =>
        IsHangUp(exception) || (exception is ZmtpException { Origin: FaultOrigin.Network, InnerException: SocketException cause } &&
        cause.SocketErrorCode is SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable);

    /// <summary>Whether the peer ended the connection without ceremony: as a health check of tcp may, or who closes before reading what was sent.</summary>
    public static bool IsHangUp(Exception exception) =>
        exception is ZmtpException { Origin: FaultOrigin.Network, InnerException: SocketException cause } &&
        cause.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset or SocketError.ConnectionAborted;

    /// <summary>An endpoint that could not be bound.</summary>
    public static ZmtpEndpointException CannotBind(ZmtpEndpoint endpoint, Exception cause)
    {
        var (what, mayRetry) = Code(cause) switch
        {
            SocketError.AddressAlreadyInUse =>
                ("the address is in use; stop the other listener or choose another address", true),
            SocketError.AddressNotAvailable when endpoint.Scheme == "ipc" =>
                ("there is no directory for it; check the path", false),
            SocketError.AddressNotAvailable =>
                ("this machine does not have that address; check the host part, or use * for all addresses", false),
            SocketError.AccessDenied =>
                ("the system does not allow it; check the rights of this user (ports below 1024 and paths need them)", false),
            SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported =>
                ("this machine does not support that kind of address", false),
            SocketError.HostNotFound or SocketError.NoData => (UnknownName, false),
            SocketError.TryAgain => (NameUnknownNow, true),
            SocketError.TooManyOpenSockets => ("this process has no file descriptors left; raise the limit or close some", true),
            SocketError.NoBufferSpaceAvailable => (cause.Message.TrimEnd('.'), true),
            _ => (cause.Message.TrimEnd('.'), false),
        };
        var origin = Code(cause) == SocketError.TryAgain ? FaultOrigin.Network : FaultOrigin.Caller;
        return new ZmtpEndpointException(endpoint.ToString(), $"Cannot bind {endpoint}: {what}.", origin, mayRetry, cause);
    }

    /// <summary>An endpoint that did not answer. May always be retried.</summary>
    public static ZmtpEndpointException CannotConnect(ZmtpEndpoint endpoint, Exception cause)
    {
        var what = Code(cause) switch
        {
            SocketError.ConnectionRefused when endpoint.Scheme == "ipc" => "nobody listens there; check that the peer is bound, and the path",
            SocketError.ConnectionRefused => "nobody listens there; check that the peer is bound, and the port",
            SocketError.HostNotFound or SocketError.NoData => endpoint.Source is null ? UnknownName : OneNameUnknown,
            SocketError.TryAgain => NameUnknownNow,
            SocketError.TimedOut => "no answer in time; check the address, and firewalls on the way",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown =>
                "no network leads there; check the address and the routes",
            SocketError.AddressNotAvailable when endpoint.Scheme == "ipc" =>
                "there is no such path; check that the peer is bound, and the path",
            SocketError.AddressNotAvailable => "no such address, there or as source here",
            SocketError.AddressAlreadyInUse => "the source address is in use",
            SocketError.WouldBlock => "the listener has more peers waiting than it accepts",
            SocketError.AccessDenied => "the system does not allow it; check firewall rules, or the rights of the path",
            SocketError.TooManyOpenSockets =>
                "this process has no file descriptors left, or none but those that are kept for its threads and files; raise the limit or close some",
            _ => cause.Message.TrimEnd('.'),
        };
        var origin = Code(cause) is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable ? FaultOrigin.Local : FaultOrigin.Network;
        return new ZmtpEndpointException(endpoint.ToString(), $"Cannot connect to {endpoint}: {what}.", origin, mayRetry: true, cause);
    }

    /// <summary>A name of an endpoint, its host or source, that was not looked up in time. Nobody was asked to connect.</summary>
    public static ZmtpEndpointException NameNotAnswered(ZmtpEndpoint endpoint, string name) => new(
        endpoint.ToString(),
        $"Cannot connect to {endpoint}: the name service did not answer for {name} in time; check that it is there, and which one this machine asks.",
        FaultOrigin.Network,
        mayRetry: true,
        new SocketException((int)SocketError.TimedOut));

    /// <summary>A peer that could not be accepted; the listener goes on.</summary>
    public static ZmtpEndpointException CannotAccept(ZmtpEndpoint endpoint, SocketException cause)
    {
        var what = cause.SocketErrorCode switch
        {
            SocketError.TooManyOpenSockets => "this process or system has no file descriptors left; raise the limit or close some",
            SocketError.NoBufferSpaceAvailable => "the system has no memory left for sockets",
            _ => cause.Message.TrimEnd('.'),
        };
        return new ZmtpEndpointException(
            endpoint.ToString(), $"Cannot accept a peer at {endpoint}: {what}.", FaultOrigin.Local, mayRetry: true, cause);
    }

    /// <summary>A peer that would have had one of the descriptors that <see cref="DescriptorReserve"/> keeps; the listener goes on.</summary>
    public static ZmtpEndpointException NoDescriptorForPeers(ZmtpEndpoint endpoint) => new(
        endpoint.ToString(),
        $"Cannot accept a peer at {endpoint}: the file descriptors that this process has left are kept for its threads and files; " +
        "raise the limit or close some.",
        FaultOrigin.Local,
        mayRetry: true,
        new SocketException((int)SocketError.TooManyOpenSockets));

    /// <summary>Whether a peer could not be accepted for want of a descriptor, as the contract of <see cref="TransportListener"/> tells it.</summary>
    public static bool IsWantOfDescriptors(Exception exception) =>
        exception is ZmtpEndpointException { InnerException: SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } };

    private static SocketError Code(Exception cause) => (cause as SocketException)?.SocketErrorCode ?? SocketError.SocketError;
}
