namespace Zmtp.Threading;

/// <summary>
/// A clock whose timers are made, set and ended whatever interrupts the thread: the system's are so under a lock, and the thread may be the
/// application's, which has a connection or the end of a socket in hand.
/// </summary>
internal sealed class UninterruptedTime(TimeProvider time) : TimeProvider
{
    public override long TimestampFrequency => time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new UninterruptedTimer(Uninterrupted.Run(
            (time, callback, state, dueTime, period), static of => of.time.CreateTimer(of.callback, of.state, of.dueTime, of.period)));

    private sealed class UninterruptedTimer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) =>
            Uninterrupted.Run((timer, dueTime, period), static of => of.timer.Change(of.dueTime, of.period));

        public void Dispose() => Uninterrupted.Run(timer, static timer => timer.Dispose());

        public ValueTask DisposeAsync() => Uninterrupted.Run(timer, static timer => timer.DisposeAsync());
    }
}
