using Zmtp.Security;
using Zmtp.Threading;

namespace Zmtp.Zap;

/// <summary>The bounded queue in front of something slow. See <see cref="CheckLimits"/>. Safe on any thread.</summary>
/// <param name="what">What is asked, as the subject of a sentence: "The policy", for example.</param>
/// <param name="limits">The limits.</param>
/// <param name="time">The clock of the time limit.</param>
/// <param name="log">Hears what a check throws when it is told to give up.</param>
internal sealed class CheckQueue(string what, CheckLimits limits, TimeProvider time, AuthenticatorLog log)
{
    private readonly TurnQueue _turns = new(limits.MaxAtOnce, limits.MaxWaiting);

    /// <summary>Makes what a check is told to give up by. Tests have no memory for it.</summary>
    internal Func<CancellationTokenSource> GiveUps { get; init; } = static () => new CancellationTokenSource();

    /// <summary>Runs a check when it is its turn, on another thread of the pool, so that one that blocks is left at its time, too.</summary>
    /// <param name="check">The check. Its token fires when the time is over or the caller gives up.</param>
    /// <param name="address">
    /// The address whose peer is checked, as the request says it: addresses take turns. Null for checks that no peer can multiply: they may
    /// wait even when the queue is full.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    /// <remarks>Whatever else the check throws comes through.</remarks>
    public async ValueTask<CheckOutcome<T>> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> check, string? address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.TimeLimit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        if (_turns.Enter(address is null ? null : AddressKey.OfTurns(address)) is not { } turn) return Overloaded<T>();
        try
        {
            if (!await turn.Comes.WaitAsync(stop.Token).ConfigureAwait(false)) return Overloaded<T>();
        }
        catch (OperationCanceledException)
        {
            _turns.Abandon(turn);
            cancellationToken.ThrowIfCancellationRequested();
            return TooLate<T>("was not free");
        }
        catch
        {
            // For want of memory. A call that does not wait any more must not be given a place.
            _turns.Abandon(turn);
            throw;
        }

        return await RunNowAsync(check, stop.Token, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CheckOutcome<T>> RunNowAsync<T>(
        Func<CancellationToken, ValueTask<T>> check, CancellationToken stop, CancellationToken cancellationToken)
    {
        var running = Start(check, stop, out var giveUp);
        try
        {
            return new CheckOutcome<T>(await running.WaitAsync(stop).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _ = TellAsync(giveUp);
            ForgetLate(running);
            cancellationToken.ThrowIfCancellationRequested();
            return TooLate<T>("did not answer");
        }
    }

    /// <summary>Runs a check in the place that it has.</summary>
    private Task<T> Start<T>(Func<CancellationToken, ValueTask<T>> check, CancellationToken stop, out CancellationTokenSource giveUp)
    {
        try
        {
            // A source of its own, and not disposed: tokens that fire on the clock's thread, or on the caller's, must not run a check's
            // callbacks, and these may run later than we are gone.
            var source = giveUp = GiveUps();

            // The place is given back when the check has really ended, however long that takes: more than agreed must never run.
            // A check whose time is over before it begins is not made.
            var running = Task.Run(() => Begin(check, source.Token), stop);
            _ = running.ContinueWith(
                static (_, turns) => ((TurnQueue)turns!).Leave(),
                _turns,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return running;
        }
        catch
        {
            // For want of memory: nothing runs, or nobody is left who would give the place back.
            _turns.Leave();
            throw;
        }
    }

    private static Task<T> Begin<T>(Func<CancellationToken, ValueTask<T>> check, CancellationToken giveUp)
    {
        using (ForeignCall.Enter()) return check(giveUp).AsTask();
    }

    /// <summary>On the pool: what listens to the token may block, and may throw.</summary>
    private async Task TellAsync(CancellationTokenSource giveUp)
    {
        try
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            log.GiveUpFailed(error);
        }
    }

    private CheckOutcome<T> Overloaded<T>() => new(
        default,
        $"{what} is overloaded: {limits.MaxAtOnce} checks run and {limits.MaxWaiting} wait, of no address more than of this one. " +
        "Check what it waits for, who connects so often, and its limits.");

    private CheckOutcome<T> TooLate<T>(string how) => new(
        default, $"{what} {how} within {limits.TimeLimit.TotalSeconds:0.###} s. Check what it waits for.");

    /// <summary>Nobody waits for this result any more: a peer that it lets in is not there.</summary>
    private static void ForgetLate<T>(Task<T> running) => _ = running.ContinueWith(
        static late =>
        {
            // So that the runtime does not report the exception as unobserved.
            _ = late.Exception;
            if (late.IsCompletedSuccessfully) (late.Result as AuthenticationResult)?.Admission?.Dispose();
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
