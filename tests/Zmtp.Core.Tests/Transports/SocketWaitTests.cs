using Xunit;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

public sealed class SocketWaitTests
{
    /// <summary>Nobody else could end it, and whoever closes the socket waits for that.</summary>
    /// <param name="wasQueued">Whether the pool has the work all the same: memory may have been wanted for something behind that.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SocketWait_NoMemoryToCallThePool_EndsOnce(bool wasQueued)
    {
        var wait = new ScarceWait();
        var first = wait.Begin().AsTask();
        Assert.True(wait.TryTake());

        wait.CompleteElsewhere();

        Assert.True(first.IsCompletedSuccessfully);
        var second = wait.Begin().AsTask();
        if (wasQueued) ((IThreadPoolWorkItem)wait).Execute();
        Assert.False(second.IsCompleted);
    }

    private sealed class ScarceWait : SocketWait
    {
        protected override void Queue() => throw new InsufficientMemoryException();
    }
}
