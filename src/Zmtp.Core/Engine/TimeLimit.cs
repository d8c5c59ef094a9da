namespace Zmtp.Engine;

/// <summary>
/// Is cancelled when a time is over. Who hears of it may be a transport of the application's, and may throw: a source that looks at the clock
/// itself would throw that on the clock's thread, where nobody catches it.
/// </summary>
internal sealed class TimeLimit : CancellationTokenSource
{
    private readonly ITimer _timer;

    /// <param name="limit">The time; may be infinite.</param>
    /// <param name="time">The clock.</param>
    public TimeLimit(TimeSpan limit, TimeProvider time)
    {
        _timer = WithoutFlow.Begin((this, limit, time), static of =>
            of.time.CreateTimer(static me => _ = ((TimeLimit)me!).EndAsync(), of.Item1, of.limit, Timeout.InfiniteTimeSpan));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _timer.Dispose();
        base.Dispose(disposing);
    }

    private async Task EndAsync()
    {
        try
        {
            // On the pool: what listens may also block, and the clock has others to tell.
            await CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is AggregateException or ObjectDisposedException)
        {
            // The time is over for those who do not throw, too, and for what waits for this one; or all was over just before.
        }
    }
}
