namespace Zmtp.Testing;

/// <summary>The system's clock, whose timers are made, set and ended under a lock that a test may hold; the system's own has one, too.</summary>
public sealed class HeldTime : TimeProvider
{
    private readonly object _gate = new();
    private int _interrupted;

    /// <summary>Whether an interrupt has ended a wait for the lock.</summary>
    public bool HasInterrupted => Volatile.Read(ref _interrupted) > 0;

    public void Hold(Action action)
    {
        lock (_gate) action();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new HeldTimer(this, Within(() => base.CreateTimer(callback, state, dueTime, period)));

    private T Within<T>(Func<T> func)
    {
        try
        {
            lock (_gate) return func();
        }
        catch (ThreadInterruptedException)
        {
            Interlocked.Increment(ref _interrupted);
            throw;
        }
    }

    private sealed class HeldTimer(HeldTime time, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => time.Within(() => timer.Change(dueTime, period));

        public void Dispose() => time.Within(() =>
        {
            timer.Dispose();
            return true;
        });

        public ValueTask DisposeAsync() => time.Within(timer.DisposeAsync);
    }
}
