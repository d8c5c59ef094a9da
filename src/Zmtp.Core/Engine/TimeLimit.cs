using System.Diagnostics.CodeAnalysis;
using Zmtp.Threading;

namespace Zmtp.Engine;

/// <summary>
/// Is cancelled when a time is over. Who hears of it may be a transport of the application's, and may throw: a source that looks at the clock
/// itself would throw that on the clock's thread, where nobody catches it.
/// </summary>
internal sealed class TimeLimit : CancellationTokenSource, IThreadPoolWorkItem
{
    private readonly Action<Exception>? _onDefect;
    private readonly ITimer _timer;

    /// <param name="limit">The time; may be infinite.</param>
    /// <param name="options">Have the clock, and who hears what is thrown.</param>
    public TimeLimit(TimeSpan limit, ConnectionOptions options)
    {
        _onDefect = options.OnDefect;
        _timer = WithoutFlow.Begin((this, limit, time: options.Time), static of =>
            of.time.CreateTimer(static me => ((TimeLimit)me!).OnTime(), of.Item1, of.limit, Timeout.InfiniteTimeSpan));
    }

    /// <summary>What listens to the token is told now, and not later: who looks whether it is cancelled may then be done, and dispose of this.</summary>
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

    /// <summary>Ends the clock alone: a source that is disposed of forgets who listens, and they may be about to be told. It holds nothing else.</summary>
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
            // The time is over for those who do not throw, too, and for what waits for this one.
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
