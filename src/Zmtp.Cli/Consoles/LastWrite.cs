namespace Zmtp.Cli.Consoles;

/// <summary>Waits for what is being written, of which a signal cuts nothing off as long as somebody reads it.</summary>
internal static class LastWrite
{
    /// <summary>How long a write may go on after a signal. What takes more than one has it for each: somebody reads.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the end of a write.</summary>
    /// <param name="writing">The write, which blocks no caller.</param>
    /// <param name="time">The clock of the grace.</param>
    /// <param name="interrupt">Ends the wait after the grace, also while nobody reads.</param>
    /// <returns>Whether it has ended; false when it is left behind.</returns>
    /// <remarks>Whatever the write throws comes through.</remarks>
    public static async Task<bool> EndsAsync(Task writing, TimeProvider time, CancellationToken interrupt)
    {
        try
        {
            await writing.WaitAsync(interrupt);
            return true;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            // One that somebody reads needs a moment only.
        }

        try
        {
            await writing.WaitAsync(Grace, time, CancellationToken.None);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
