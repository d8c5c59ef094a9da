using Zmtp.Security;

namespace Zmtp;

/// <summary>
/// A peer was refused by an authenticator: on the server the verdict itself, on the client the ERROR command that
/// it was sent (RFC 27 codes, carried in the ERROR of RFC 23).
/// </summary>
public sealed class ZmtpAuthenticationException : ZmtpException
{
    /// <summary>Creates a refusal.</summary>
    /// <param name="status">The RFC 27 status code.</param>
    /// <param name="reason">The status text (server) or the reason of the ERROR command (client, not authenticated).</param>
    /// <param name="message">A sentence that tells a person what happened and what to check.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ZmtpAuthenticationException(
        AuthenticationStatus status, string reason, string message, Exception? innerException = null)
        : base(message, FaultOrigin.Peer, status == AuthenticationStatus.TemporaryError, innerException)
    {
        Status = status;
        Reason = reason;
    }

    /// <summary>The RFC 27 status code: 300 may be retried, 400 and 500 not with the same credentials.</summary>
    public AuthenticationStatus Status { get; }

    /// <summary>
    /// Whether it is the verdict of this end's own authenticator; false when the peer has refused us. Such a verdict may change, and then it
    /// is for a socket that connects to come back, because its peer cannot: it goes on trying, whatever <see cref="ZmtpException.MayRetry"/>
    /// says. Mechanisms set it. Default: false. With it <see cref="ZmtpException.Origin"/> is <see cref="FaultOrigin.Local"/> unless the peer was
    /// denied: that nobody could decide is no fault of the peer.
    /// </summary>
    public bool IsOwnVerdict
    {
        get;
        init
        {
            field = value;
            if (value && Status != AuthenticationStatus.Denied) Origin = FaultOrigin.Local;
        }
    }

    /// <summary>The status text or ERROR reason. On a client it is clear text that nobody vouches for (RFC 26).</summary>
    public string Reason { get; }
}
