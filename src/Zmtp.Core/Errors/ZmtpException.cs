namespace Zmtp;

/// <summary>
/// The base of all errors that this library raises of its own. It answers three questions: who is at fault
/// (<see cref="Origin"/>), is it over for this connection or socket (<see cref="IsFatal"/>), and may the same thing be tried
/// again unchanged (<see cref="MayRetry"/>).
/// </summary>
public class ZmtpException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="message">A sentence that tells a person what happened and what to check.</param>
    /// <param name="origin">Who is at fault.</param>
    /// <param name="mayRetry">Whether the same attempt, unchanged, can succeed later.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ZmtpException(string message, FaultOrigin origin, bool mayRetry, Exception? innerException = null)
        : base(message, innerException)
    {
        Origin = origin;
        MayRetry = mayRetry;
    }

    /// <summary>Who is at fault.</summary>
    public FaultOrigin Origin { get; private protected init; }

    /// <summary>
    /// Whether the same attempt, unchanged, can succeed later. A connecting socket goes on reconnecting after an error that may be retried, except
    /// with an infinite <c>SocketOptions.ReconnectInterval</c>, by which it stops after each. It stops after one that may not, unless it was this end
    /// that sent the peer away: after a <see cref="ZmtpRevokedException"/>, or a verdict of its own authenticator
    /// (<see cref="ZmtpAuthenticationException.IsOwnVerdict"/>), it goes on.
    /// </summary>
    public bool MayRetry { get; }

    /// <summary>Whether the thing that failed (a connection, a socket) is of no further use. Default: true for connections.</summary>
    public virtual bool IsFatal => true;

    /// <summary>What it is counted as, where its type, the rule that was broken and its cause do not tell it from others; else null.</summary>
    internal string? ErrorType { get; init; }

    /// <summary>
    /// Whose log has it already: the failure of one attempt is also why a connecting socket gives up, and is said once at each end.
    /// </summary>
    internal object? LoggedBy { get; set; }
}
