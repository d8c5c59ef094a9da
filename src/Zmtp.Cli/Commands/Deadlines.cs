namespace Zmtp.Cli.Commands;

/// <summary>Waits that end with a sentence.</summary>
internal static class Deadlines
{
    /// <summary>Waits for something, for a time at most.</summary>
    /// <param name="wait">Starts to wait; loses nothing when it is cancelled.</param>
    /// <param name="time">How long; null for ever.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="late">What to say when the time is over.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="CliException">The time is over: exit code Timeout.</exception>
    public static async Task<T> WithinAsync<T>(
        Func<CancellationToken, ValueTask<T>> wait, TimeSpan? time, TimeProvider clock, string late, CancellationToken stop)
    {
        if (time is not { } limit) return await wait(stop);
        using var expiry = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, stop);
        try
        {
            return await wait(either.Token);
        }
        catch (OperationCanceledException) when (expiry.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Timeout, late);
        }
    }
}
