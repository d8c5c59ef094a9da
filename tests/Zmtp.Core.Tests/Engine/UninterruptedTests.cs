using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class UninterruptedTests
{
    [Fact]
    public async Task HOLD_InterruptedWhileTheLockIsTaken_EntersAndTheNextWaitIsInterrupted()
    {
        var gate = new Lock();
        var isInside = false;
        await Interrupted.RunAsync(
            body =>
            {
                lock (gate) body();
            },
            () =>
            {
                using (gate.Hold()) isInside = gate.IsHeldByCurrentThread;
            });
        Assert.True(isInside);
        Assert.False(gate.IsHeldByCurrentThread);
    }

    [Fact]
    public async Task RUN_InterruptedInTheMiddle_BeginsAnewAndTheNextWaitIsInterrupted()
    {
        var monitor = new object();
        var begun = 0;
        var ended = 0;
        await Interrupted.RunAsync(
            body =>
            {
                lock (monitor) body();
            },
            () => Uninterrupted.Run(monitor, held =>
            {
                begun++;
                lock (held) ended++;
            }));
        Assert.Equal(2, begun);
        Assert.Equal(1, ended);
    }

    [Fact]
    public void RUN_AnotherException_IsTheCallers() =>
        Assert.Throws<InvalidOperationException>(() => Uninterrupted.Run(0, static _ => throw new InvalidOperationException()));
}
