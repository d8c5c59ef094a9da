using System.Diagnostics.CodeAnalysis;
using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>The bounded queue in front of something slow. See <see cref="CheckLimits"/>. Safe on any thread.</summary>
/// <param name="what">What is asked, as the subject of a sentence: "The policy", for example.</param>
/// <param name="limits">The limits.</param>
/// <param name="time">The clock of the time limit.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to give back.")]
internal sealed class CheckQueue(string what, CheckLimits limits, TimeProvider time)
{
    private readonly SemaphoreSlim _places = new(limits.MaxAtOnce);
    private readonly long _capacity = (long)limits.MaxAtOnce + limits.MaxWaiting;
    private long _inside;

    /// <summary>Runs a check when it is its turn, on another thread of the pool, so that one that blocks is left at its time, too.</summary>
    /// <param name="check">The check. Its token fires when the time is over or the caller gives up.</param>
    /// <param name="isPatient">Whether it may wait even when the queue is full: for checks that no peer can multiply.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    /// <remarks>Whatever else the check throws comes through.</remarks>
    public async ValueTask<CheckOutcome<T>> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> check, bool isPatient, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > _capacity && !isPatient)
        {
            Interlocked.Decrement(ref _inside);
            return new CheckOutcome<T>(
                default,
                $"{what} is overloaded: {limits.MaxAtOnce} checks run and {limits.MaxWaiting} wait. " +
                "Check what it waits for, and its limits.");
        }

        using var limit = new CancellationTokenSource(limits.TimeLimit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _inside);
            cancellationToken.ThrowIfCancellationRequested();
            return TooLate<T>("was not free");
        }

        return await RunNowAsync(check, stop.Token, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CheckOutcome<T>> RunNowAsync<T>(
        Func<CancellationToken, ValueTask<T>> check, CancellationToken stop, CancellationToken cancellationToken)
    {
        // The place is given back when the check has really ended, however long that takes: more than agreed must never run.
        // One whose time is over before it begins is not made.
        var running = Task.Run(() => check(stop).AsTask(), stop);
        _ = running.ContinueWith(
            static (_, queue) => ((CheckQueue)queue!).Leave(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            return new CheckOutcome<T>(await running.WaitAsync(stop).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ForgetLate(running);
            cancellationToken.ThrowIfCancellationRequested();
            return TooLate<T>("did not answer");
        }
    }

    private void Leave()
    {
        Interlocked.Decrement(ref _inside);
        _places.Release();
    }

    private CheckOutcome<T> TooLate<T>(string how) => new(
        default, $"{what} {how} within {limits.TimeLimit.TotalSeconds:0.###} s. Check what it waits for.");

    /// <summary>Nobody waits for this result any more: whom it lets in is not there.</summary>
    private static void ForgetLate<T>(Task<T> running) => _ = running.ContinueWith(
        static late =>
        {
            // Looked at, so that nobody reports it as an exception that nobody looked at.
            _ = late.Exception;
            if (late.IsCompletedSuccessfully) (late.Result as AuthenticationResult)?.Admission?.Dispose();
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
