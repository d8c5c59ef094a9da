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
}
