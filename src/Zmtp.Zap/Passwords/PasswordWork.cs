namespace Zmtp.Zap;

/// <summary>
/// Runs costly checks on threads of their own, at most as many at once as there are cores, for all stores of the process: more would not
/// be done sooner, and each holds its memory. A later check waits without a thread.
/// </summary>
internal static class PasswordWork
{
    private static readonly SemaphoreSlim Turns = new(Environment.ProcessorCount);

    /// <param name="check">What to run.</param>
    /// <param name="password">Must stay valid until the returned task completes, which is after the check has ended.</param>
    /// <param name="cancellationToken">Ends the wait for a turn. A check that has begun goes on to its end.</param>
    public static ValueTask<bool> RunAsync(PasswordCheck check, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
        check.IsCostly ? RunApartAsync(check, password, cancellationToken) : ValueTask.FromResult(check.Run(password.Span));

    private static async ValueTask<bool> RunApartAsync(
        PasswordCheck check, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        await Turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Not the pool's threads: they are for I/O, and milliseconds of hashing would hold it up.
            return await Task.Factory.StartNew(
                () => check.Run(password.Span),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            Turns.Release();
        }
    }
}
