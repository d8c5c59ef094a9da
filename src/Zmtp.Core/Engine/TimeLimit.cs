using System.Diagnostics.CodeAnalysis;
using Zmtp.Threading;

namespace Zmtp.Engine;

/// <summary>
/// Is cancelled when a time is over. A callback of its token may be of the application's transport, and may throw: with the timer of the
/// base class that would happen on the clock's thread, where nobody catches it.
/// </summary>
internal sealed class TimeLimit : CancellationTokenSource, IThreadPoolWorkItem
{
    private readonly Action<Exception>? _onDefect;
    private readonly ITimer _timer;

    /// <param name="limit">The time; may be infinite.</param>
    /// <param name="options">Have the clock, and the callback for what is thrown.</param>
    public TimeLimit(TimeSpan limit, ConnectionOptions options)
    {
        _onDefect = options.OnDefect;
        _timer = WithoutFlow.Begin((this, limit, time: options.Time), static of =>
            of.time.CreateTimer(static me => ((TimeLimit)me!).OnTime(), of.Item1, of.limit, Timeout.InfiniteTimeSpan));
    }

    /// <summary>
    /// Runs the callbacks now, and not later: code that only asks whether it is cancelled may then be done, and dispose of this.
    /// </summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            CancelHere();
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell what was thrown.
        }
    }

    /// <summary>Ends the clock alone: a disposed source forgets its callbacks, which may be about to run. It holds nothing else.</summary>
    [SuppressMessage("Usage", "CA2215", Justification = "As said: with the base, those that listen would not be told.")]
    protected override void Dispose(bool disposing)
    {
        if (disposing) _timer.Dispose();
    }

    private void CancelHere()
    {
        try
        {
            Cancel();
        }
        catch (AggregateException e)
        {
            // The time is over for callbacks that do not throw, too, and for code that waits for this one.
            _onDefect?.Invoke(e);
        }
    }

    private void OnTime()
    {
        try
        {
            // On the pool: what listens may also block, and the clock has others to tell.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (OutOfMemoryException)
        {
            // Better here than never: nothing else ends what takes too long.
            ((IThreadPoolWorkItem)this).Execute();
        }
    }
}
