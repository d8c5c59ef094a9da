namespace Zmtp.Zap.Tests;

/// <summary>The system's clock, with a count of the timers that are there.</summary>
internal sealed class TimerCountingTime : TimeProvider
{
    private int _timers;

    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _timers);
        return new Counted(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class Counted(TimerCountingTime owner, ITimer timer) : ITimer
    {
        private int _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Interlocked.Decrement(ref owner._timers);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
