using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public class DeadlineTests
{
    [Fact]
    public async Task DEADLINE_TimeThatIsLongOver_LeavesNothing()
    {
        var deadline = new Deadline(TimeSpan.MinValue);
        var start = Environment.TickCount64;
        for (var until = TestTimeout.Token; Environment.TickCount64 == start; await Task.Yield()) until.ThrowIfCancellationRequested();

        Assert.Equal(TimeSpan.Zero, deadline.Rest);
        Assert.Equal(Timeout.InfiniteTimeSpan, new Deadline(Timeout.InfiniteTimeSpan).Rest);
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
