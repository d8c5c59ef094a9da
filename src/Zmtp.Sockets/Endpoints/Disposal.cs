namespace Zmtp.Sockets.Endpoints;

/// <summary>Gives back what a transport has made. What one of the application's throws then is told, and keeps up nothing that is to follow.</summary>
internal static class Disposal
{
    public static async ValueTask OfAsync(IAsyncDisposable disposable, ZmtpSocket socket, string endpoint)
    {
        try
        {
            await disposable.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException and not ThreadInterruptedException)
        {
            socket.TellOfDefect(endpoint, e);
        }
    }
}
