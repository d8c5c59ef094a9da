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
}
