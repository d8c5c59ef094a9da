namespace Zmtp.Sockets;

/// <summary>What happened to a socket's endpoints and connections.</summary>
public enum SocketEventKind
{
    /// <summary>The socket listens at an endpoint.</summary>
    Listening,

    /// <summary>A peer arrived; its handshake begins.</summary>
    Accepted,

    /// <summary>One peer could not be accepted, or memory ran out once its handshake had succeeded; the endpoint goes on listening.</summary>
    AcceptFailed,

    /// <summary>The transport is connected; the handshake begins.</summary>
    Connected,

    /// <summary>
    /// An attempt to connect failed before a handshake began, or memory ran out once it had succeeded, or where peers are joined over inproc. Another
    /// follows, unless <see cref="ConnectStopped"/> does.
    /// </summary>
    ConnectRetried,

    /// <summary>The handshake succeeded: only now does the peer exist for the patterns.</summary>
    HandshakeSucceeded,

    /// <summary>The handshake failed; <see cref="SocketEvent.Error"/> says why, once for each connection that is refused.</summary>
    HandshakeFailed,

    /// <summary>A connection ended; <see cref="SocketEvent.Error"/> says why, or is null when it was our own wish.</summary>
    Disconnected,

    /// <summary>
    /// The socket gave up connecting to an endpoint for good: it connects there again only when it is told to. What was queued for it is dropped.
    /// <see cref="SocketEvent.Error"/> says why, which is the error of the failure before it; null when a connection ended in good order and
    /// <see cref="SocketOptions.ReconnectInterval"/> is infinite.
    /// </summary>
    ConnectStopped,

    /// <summary>The socket no longer listens at an endpoint.</summary>
    Closed,
}
