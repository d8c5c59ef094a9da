namespace Zmtp.Sockets.Endpoints;

/// <summary>Tells the application's code that nobody waits for it any more.</summary>
internal static class GivingUp
{
    /// <summary>On the pool: what listens to the token may block, and the caller has more to do. What it throws is told.</summary>
    public static void Tell(CancellationTokenSource stop, ZmtpSocket socket, string endpoint) => _ = TellAsync(stop, socket, endpoint);

    /// <summary>As <see cref="Tell"/>, for a closing caller that has more to do once all listeners have been told.</summary>
    public static async Task TellAsync(CancellationTokenSource stop, ZmtpSocket socket, string endpoint)
    {
        try
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            socket.TellOfDefect(endpoint, e);
        }
    }

    /// <summary>As <see cref="Tell"/>, on the caller's thread: where nobody is expected to listen any more.</summary>
    public static void TellHere(CancellationTokenSource stop, ZmtpSocket socket, string endpoint)
    {
        try
        {
            stop.Cancel();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            socket.TellOfDefect(endpoint, e);
        }
    }
}
