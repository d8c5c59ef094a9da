namespace Zmtp;

/// <summary>
/// A peer, or a ZAP handler, broke a named rule of the protocol. The connection is closed; nothing that was not complete
/// reaches the application. Time limits are rules, too: where it was the authenticator that took too long
/// (<see cref="ProtocolError.HandshakeTimeout"/>), <see cref="ZmtpException.Origin"/> is <see cref="FaultOrigin.Local"/>; where a peer fell silent
/// (<see cref="ProtocolError.HeartbeatTimeout"/>), it is <see cref="FaultOrigin.Network"/>.
/// </summary>
public sealed class ZmtpProtocolException : ZmtpException
{
    /// <summary>Creates an error of the peer.</summary>
    /// <param name="error">The rule that was broken.</param>
    /// <param name="message">A sentence that tells a person what happened and what to check.</param>
    /// <param name="mayRetry">
    /// Whether a connecting socket should go on trying. Default: true, because a bad peer may be replaced by a good one.
    /// </param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ZmtpProtocolException(ProtocolError error, string message, bool mayRetry = true, Exception? innerException = null)
        : base(message, FaultOrigin.Peer, mayRetry, innerException)
    {
        Error = error;
    }

    /// <summary>Creates an error that is not the peer's. A connecting socket goes on trying.</summary>
    internal ZmtpProtocolException(ProtocolError error, FaultOrigin origin, string message)
        : base(message, origin, mayRetry: true)
    {
        Error = error;
    }

    /// <summary>The rule that was broken.</summary>
    public ProtocolError Error { get; }

    /// <summary>
    /// The type of the peer's socket, with <see cref="ProtocolError.IncompatibleSocketType"/> when the peer has announced one that is known;
    /// else null.
    /// </summary>
    public SocketType? PeerSocketType { get; init; }
}
