namespace Zmtp.Sockets.Tests.Support;

/// <summary>A clock that throws what it should not where the next timer is set on it, once it is told to.</summary>
internal sealed class BrokenClock : TimeProvider
{
    private int _isToThrow;

    /// <summary>The next timer cannot be made; those that follow can.</summary>
    public void FailOnce() => Volatile.Write(ref _isToThrow, 1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        Interlocked.Exchange(ref _isToThrow, 0) == 0
            ? base.CreateTimer(callback, state, dueTime, period)
            : throw new InvalidOperationException("The clock is broken.");
}
