namespace Zmtp.Sockets.Endpoints;

/// <summary>The pause before something is tried again, also where there is no memory for a timer.</summary>
internal static class Pausing
{
    /// <summary>How long a thread sleeps that gets no timer.</summary>
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a pause is over or the token fires. Throws nothing.</summary>
    public static async Task WaitAsync(TimeSpan pause, ZmtpSocket socket, string endpoint, CancellationToken stop)
    {
        try
        {
            // Where it throws there is no timer: none for want of memory, or by a clock of the application's.
            await Task.Delay(pause, socket.Context.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        catch (OutOfMemoryException)
        {
        }
        catch (Exception e)
        {
            socket.TellOfDefect(endpoint, e);
        }

        // A thread that sleeps needs no timer, and one that tries again at once would not let go of its processor. Not the caller's: it may be the
        // application's, and hold a gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Thread.Sleep(Nap);
    }
}
