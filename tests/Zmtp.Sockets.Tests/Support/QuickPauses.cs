using System.Collections.Concurrent;
using Xunit;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A clock by which whatever takes an hour or more is over at once. It shows the time that it was put forward to.</summary>
internal sealed class QuickPauses : TimeProvider
{
    /// <summary>What a pause between attempts to connect must last to be cut short, and kept.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly ConcurrentQueue<TimeSpan> _pauses = new();
    private long _now;

    /// <summary>Reconnects after pauses that are cut short. There is room for nine that double.</summary>
    public static SocketOptions Options { get; } = new()
    {
        Linger = TimeSpan.Zero, ReconnectInterval = Interval, ReconnectIntervalMax = TimeSpan.FromDays(23),
    };

    /// <summary>How long the pauses would have been, in order.</summary>
    public IReadOnlyList<TimeSpan> Pauses => [.. _pauses];

    /// <summary>Waits for some pauses, each of which has to be twice as long as the one before.</summary>
    public async Task ExpectGrowingAsync()
    {
        const int Enough = 6;
        var until = TestTimeout.Token;
        while (Pauses.Count < Enough) await Task.Delay(1, until);

        // Chance lengthens each by an interval at most.
        for (var i = 0; i < Enough; i++) Assert.InRange(Pauses[i], Interval * (1 << i), Interval * ((1 << i) + 1));
    }

    /// <summary>Puts the clock forward, without waking anybody.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < Interval) return base.CreateTimer(callback, state, dueTime, period);
        _pauses.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
