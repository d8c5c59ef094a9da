namespace Zmtp.Sockets.Endpoints;

/// <summary>Handshakes that end because this end has no more use for them: the peer is dropped to make room, or the socket closes.</summary>
internal static class CutShort
{
    /// <summary>
    /// Whether a handshake failed for a reason of its own: what the peer did, a verdict about it, its time. That may also be one that was cut short
    /// afterwards, while the peer read why it was refused. Of another error, that the transport or the authenticator gave, nobody knows.
    /// </summary>
    public static bool HasItsReason(ZmtpException error) => error is
        ZmtpAuthenticationException or ZmtpRevokedException or ZmtpProtocolException { Error: not ProtocolError.ClosedDuringHandshake };

    /// <summary>The error of a peer that had to make room.</summary>
    /// <param name="why">What there was not enough of.</param>
    /// <param name="maxPending">How many handshakes may be under way at the endpoint.</param>
    /// <param name="cause">What the handshake ended with when it was dropped; null: nothing was amiss.</param>
    public static ZmtpException ToMakeRoom(Crowding why, int maxPending, Exception? cause) => new(
        "The connection was dropped before its handshake was complete, to make room for others: " + (why == Crowding.Descriptors
            ? "this process has no file descriptors left for peers. Check who opens connections and stays silent, and that the authenticator answers in " +
              "time; raise the limit if so many good peers arrive at once."
            : $"{maxPending} were under way, of no address more than of this one. Check who opens connections and stays silent, and that the " +
              "authenticator answers in time; raise MaxPendingHandshakes if so many good peers arrive at once."),
        FaultOrigin.Local,
        mayRetry: true,
        cause)
    {
        ErrorType = "crowded_out",
    };
}
