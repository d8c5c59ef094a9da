using Xunit;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Core.Tests.Threading;

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
    public async Task RUN_InterruptedInTheMiddleAndThrowsThen_TheThreadsNextWaitIsInterrupted()
    {
        var monitor = new object();
        await Interrupted.RunAsync(
            body =>
            {
                lock (monitor) body();
            },
            () => Assert.Throws<InvalidOperationException>(() => Uninterrupted.Run(monitor, static held =>
            {
                lock (held) throw new InvalidOperationException();
            })));
    }

    [Fact]
    public async Task RUNONCE_InterruptedInTheMiddle_EndsThereAndTheNextWaitIsInterrupted()
    {
        var monitor = new object();
        var begun = 0;
        var ended = 0;
        await Interrupted.RunAsync(
            body =>
            {
                lock (monitor) body();
            },
            () => Uninterrupted.RunOnce(monitor, held =>
            {
                begun++;
                lock (held) ended++;
            }));
        Assert.Equal((1, 0), (begun, ended));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RUNONCE_InterruptIsPending_ComesToItsEndAndTheNextWaitIsInterrupted(bool throws)
    {
        var heard = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Thread.CurrentThread.Interrupt();
            var hasWaited = false;
            var error = Record.Exception(() => Uninterrupted.RunOnce(throws, fails =>
            {
                Thread.Sleep(1);
                hasWaited = true;
                if (fails) throw new InvalidOperationException();
            }));
            var next = Record.Exception(static () => Thread.Sleep(Timeout.Infinite));
            heard.SetResult(hasWaited && error is InvalidOperationException == throws && next is ThreadInterruptedException);
        }) { IsBackground = true };
        thread.Start();
        Assert.True(await heard.Task.WithinAsync());
    }

    [Fact]
    public void RUN_AnotherException_IsTheCallers() =>
        Assert.Throws<InvalidOperationException>(() => Uninterrupted.Run(0, static _ => throw new InvalidOperationException()));
}
