namespace Zmtp.Sockets.Endpoints;

/// <summary>Why a ROUTER with <see cref="SocketOptions.RouterHandover"/> ends a connection: the place is another peer's.</summary>
internal static class Replaced
{
    private const string ErrorType = "replaced";

    /// <summary>Makes the error; null for want of memory: the connection is to end all the same.</summary>
    public static ZmtpException? TryMake()
    {
        try
        {
            return new ZmtpException(
                "Another peer with this Identity took its place, as RouterHandover has it. Unless that was the same one, which came back: give each " +
                "peer an Identity (RoutingId) of its own.",
                FaultOrigin.Peer,
                mayRetry: true)
            {
                ErrorType = ErrorType,
            };
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Whether it is such an error.</summary>
    public static bool Is(ZmtpException? error) => error?.ErrorType == ErrorType;
}
