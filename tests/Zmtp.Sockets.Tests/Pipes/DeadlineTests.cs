using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public class DeadlineTests
{
    [Fact]
    public void DEADLINE_TimeThatIsLongOver_LeavesNothing()
    {
        var deadline = new Deadline(TimeSpan.MinValue);
        Assert.True(SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(deadline.Start) > TimeSpan.Zero, TestTimeout.Default));

        Assert.Equal(TimeSpan.Zero, deadline.Rest);
        Assert.Equal(Timeout.InfiniteTimeSpan, new Deadline(Timeout.InfiniteTimeSpan).Rest);
    }

    /// <summary>A clock that moves in steps takes a time of one step for over when it has just begun.</summary>
    [Fact]
    public void DEADLINE_OfAMillisecond_IsNotOverBefore()
    {
        var millisecond = TimeSpan.FromMilliseconds(1);
        for (var i = 0; i < 10_000; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var deadline = new Deadline(millisecond);
            while (Stopwatch.GetElapsedTime(start) < millisecond / 20) Thread.SpinWait(1);
            var rest = deadline.Rest;

            if (Stopwatch.GetElapsedTime(start) < millisecond) Assert.NotEqual(TimeSpan.Zero, rest);
        }
    }

    /// <summary>Where something is left to be waited for, a wait of no time would end at once, again and again.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(TimeSpan.TicksPerMillisecond - 1, 1)]
    [InlineData(TimeSpan.TicksPerMillisecond, 1)]
    [InlineData(TimeSpan.TicksPerMillisecond + 1, 2)]
    [InlineData(int.MaxValue * TimeSpan.TicksPerMillisecond, int.MaxValue)]
    [InlineData(long.MaxValue, int.MaxValue)]
    [InlineData(0, 0)]
    [InlineData(Timeout.Infinite * TimeSpan.TicksPerMillisecond, Timeout.Infinite)]
    public void DEADLINE_RestInWholeMilliseconds_IsRoundedUp(long ticks, int expected) =>
        Assert.Equal(expected, Deadline.ToWholeMilliseconds(TimeSpan.FromTicks(ticks)));
}
