using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class SpinGateTests
{
    [Fact]
    public async Task SPINGATE_InterruptedWhileItIsTaken_EntersAndTheNextWaitIsInterrupted()
    {
        var gate = new SpinGate();
        var isInside = false;
        var isInterrupted = false;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using (gate.Hold()) isInside = true;
                Thread.Sleep(Timeout.Infinite);
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }

            ended.SetResult();
        }) { IsBackground = true };
        Start(gate, thread);
        await ended.Task.WithinAsync();

        Assert.True(isInside);
        Assert.True(isInterrupted);
    }

    private static void Start(SpinGate gate, Thread thread)
    {
        using var holder = gate.Hold();
        thread.Start();

        // It sleeps by then: an interrupt that came before is pending at its first sleep, which is the same to it.
        Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));
        thread.Interrupt();
        Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0 || !thread.IsAlive, TestTimeout.Default));
    }
}
