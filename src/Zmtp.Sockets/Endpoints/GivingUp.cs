namespace Zmtp.Sockets.Endpoints;

/// <summary>Tells the application's code that nobody waits for it any more.</summary>
internal static class GivingUp
{
    /// <summary>On the pool: what listens to the token may block, and the caller has more to do. What it throws is told.</summary>
    public static void Tell(CancellationTokenSource stop, ZmtpSocket socket, string endpoint) => _ = TellAsync(stop.CancelAsync(), socket, endpoint);

    private static async Task TellAsync(Task telling, ZmtpSocket socket, string endpoint)
    {
        try
        {
            await telling.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SocketLog.Defect(socket.Context.Log, SocketTypes.ToToken(socket.Type), endpoint, e);
        }
    }
}
