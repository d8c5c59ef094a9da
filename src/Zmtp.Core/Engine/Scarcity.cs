namespace Zmtp.Engine;

/// <summary>Want of memory where peers are served. It passes, so what ends by it is told and tried again.</summary>
internal static class Scarcity
{
    public static ZmtpException OfPeer(Exception cause) => Of($"A peer could not be accepted, or stay, for want of memory: {cause.Message}", cause);

    public static ZmtpException OfConnection(string endpoint, Exception cause) =>
        Of($"The connection to {endpoint} failed for want of memory: {cause.Message}", cause);

    public static ZmtpException OfQuestion(Exception cause) =>
        Of($"A request to the authenticator could not be taken in for want of memory, and whoever it is about is refused: {cause.Message}", cause);

    private static ZmtpException Of(string what, Exception cause) => new(
        $"{what} Check what takes it: the peers that are there, and their messages (MaxPendingHandshakes and the high-water marks bound both), " +
        "or the rest of the program.",
        FaultOrigin.Local,
        mayRetry: true,
        cause)
    {
        ErrorType = "out_of_memory",
    };
}
