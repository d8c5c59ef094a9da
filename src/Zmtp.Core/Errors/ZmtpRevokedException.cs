namespace Zmtp;

/// <summary>
/// A peer that had been let in may no longer stay: its certificate, its user or its address was taken out, for example. The server's
/// end closed the connection. The peer itself is told when it tries to come back.
/// </summary>
/// <remarks>
/// <see cref="ZmtpException.MayRetry"/> is false: the peer, as it is, may not come in. Where it is the server's end that connects, it goes on
/// reconnecting all the same, because its authenticator may let the peer in again.
/// </remarks>
public sealed class ZmtpRevokedException : ZmtpException
{
    /// <summary>Creates an error.</summary>
    /// <param name="userId">The name that the authenticator had vouched for; may be empty.</param>
    /// <param name="reason">Why it may no longer stay.</param>
    /// <param name="message">A sentence that tells a person what happened and what to check.</param>
    public ZmtpRevokedException(string userId, string reason, string message)
        : base(message, FaultOrigin.Peer, mayRetry: false)
    {
        UserId = userId;
        Reason = reason;
    }

    /// <summary>The name that the authenticator had vouched for; empty where it gave none.</summary>
    public string UserId { get; }

    /// <summary>Why the peer may no longer stay.</summary>
    public string Reason { get; }
}
