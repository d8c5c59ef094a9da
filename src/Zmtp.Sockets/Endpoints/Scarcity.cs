namespace Zmtp.Sockets.Endpoints;

/// <summary>Want of memory at an endpoint. It passes, so what ends by it is told and tried again.</summary>
internal static class Scarcity
{
    /// <summary>How long a thread sleeps that gets no timer.</summary>
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(100);

    public static ZmtpException OfPeer(Exception cause) => Of($"A peer could not be accepted, or stay, for want of memory: {cause.Message}", cause);

    public static ZmtpException OfConnection(string endpoint, Exception cause) =>
        Of($"The connection to {endpoint} failed for want of memory: {cause.Message}", cause);

    public static ZmtpException OfQuestion(Exception cause) =>
        Of($"A request to the authenticator could not be taken in for want of memory, and whoever it is about is refused: {cause.Message}", cause);

    /// <summary>Waits until a pause is over or the token fires. Throws nothing.</summary>
    public static async Task PauseAsync(TimeSpan pause, ZmtpSocket socket, string endpoint, CancellationToken stop)
    {
        try
        {
            // Where it throws there is no timer: none for want of memory, or by a clock of the application's.
            await Task.Delay(pause, socket.Context.Options.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
