using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Core.Tests.Threading;

public class UninterruptedTimeTests
{
    private readonly HeldTime _held = new();
    private readonly FakeTimeProvider _fake = new();

    [Fact]
    public async Task TIME_InterruptedWhereItMakesATimer_MakesItAndTheNextWaitIsInterrupted()
    {
        ITimer? timer = null;
        await RunAsync(() => timer = NewTimer(_held));
        Assert.NotNull(timer);
        await timer.DisposeAsync();
    }

    [Fact]
    public async Task TIMER_InterruptedWhereItIsSet_IsSetAndTheNextWaitIsInterrupted()
    {
        await using var timer = NewTimer(_held);
        var isSet = false;
        await RunAsync(() => isSet = timer.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan));
        Assert.True(isSet);
    }

    [Fact]
    public async Task TIMER_InterruptedWhereItEnds_EndsAndTheNextWaitIsInterrupted()
    {
        var timer = NewTimer(_held);
        await RunAsync(timer.Dispose);
        Assert.False(timer.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task TIMER_InterruptedWhereItBeginsToEnd_EndsAndTheNextWaitIsInterrupted()
    {
        var timer = NewTimer(_held);
        var end = ValueTask.CompletedTask;
        await RunAsync(() => end = timer.DisposeAsync());
        await end.WithinAsync();
        Assert.False(timer.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void TIME_AnotherClock_TellsItsTime()
    {
        _fake.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("far", TimeSpan.FromHours(7), "far", "far"));
        var time = new UninterruptedTime(_fake);
        var start = time.GetTimestamp();
        var isOver = false;
        using var timer = time.CreateTimer(_ => isOver = true, null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);

        _fake.Advance(TimeSpan.FromSeconds(3));

        Assert.True(isOver);
        Assert.Equal(TimeSpan.FromSeconds(3), time.GetElapsedTime(start));
        Assert.Equal(_fake.GetUtcNow(), time.GetUtcNow());
        Assert.Equal(_fake.GetLocalNow(), time.GetLocalNow());
        Assert.Equal(_fake.TimestampFrequency, time.TimestampFrequency);
    }

    private static ITimer NewTimer(TimeProvider time) =>
        new UninterruptedTime(time).CreateTimer(static _ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);

    private async Task RunAsync(Action action)
    {
        await Interrupted.RunAsync(_held.Hold, action);
        Assert.True(_held.HasInterrupted);
    }
}
