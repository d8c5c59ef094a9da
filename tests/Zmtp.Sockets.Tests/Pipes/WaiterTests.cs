using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>One wait, and a thread that is interrupted when its end is on the way.</summary>
public class WaiterTests
{
    private readonly SpinGate _gate = new();
    private readonly WaitQueue<string> _queue;

    public WaiterTests() => _queue = new WaitQueue<string>(_gate);

    [Fact]
    public async Task WAITER_InterruptedWhileItsValueIsOnTheWay_ReturnsItAndTheNextWaitIsInterrupted()
    {
        Waiter<string> waiter;
        using (_gate.Hold()) waiter = _queue.Enqueue();
        string? value = null;
        var (thread, ended) = Start(() =>
        {
            Assert.True(waiter.Wait(Timeout.InfiniteTimeSpan, out value));
            Assert.Throws<ThreadInterruptedException>(static () => Thread.Sleep(TestTimeout.Default));
        });
        UntilAsleep(thread);
        using (_gate.Hold()) Assert.Same(waiter, _queue.Dequeue());

        thread.Interrupt();
        LetSpin(ended);
        waiter.Complete("x");

        await ended.WithinAsync();
        Assert.Equal("x", value);
    }

    [Fact]
    public async Task WAITER_DiscardedByAnInterruptedThreadWhileItsValueIsOnTheWay_IsUsedAgain()
    {
        Waiter<string> waiter;
        using (_gate.Hold()) waiter = _queue.Enqueue();
        using (_gate.Hold()) Assert.Same(waiter, _queue.Dequeue());
        var (_, ended) = Start(() =>
        {
            Thread.CurrentThread.Interrupt();
            waiter.Discard();
            Assert.Throws<ThreadInterruptedException>(static () => Thread.Sleep(TestTimeout.Default));
        });

        LetSpin(ended);
        waiter.Complete("x");

        await ended.WithinAsync();
        using (_gate.Hold()) Assert.Same(waiter, _queue.Enqueue());
    }

    [Fact]
    public async Task WAITER_ResultAskedForBeforeItIsThere_ThrowsAndTheWaitGoesOn()
    {
        Waiter<string> waiter;
        using (_gate.Hold()) waiter = _queue.Enqueue();
        var waiting = waiter.WaitAsync(CancellationToken.None);
        var error = Assert.Throws<InvalidOperationException>(() => waiting.GetAwaiter().GetResult());
        Assert.Contains("AsTask", error.Message, StringComparison.Ordinal);

        using (_gate.Hold())
        {
            Assert.NotSame(waiter, _queue.Enqueue());
            Assert.Same(waiter, _queue.Dequeue());
        }

        waiter.Complete("x");
        Assert.Equal("x", await waiting.AsTask().WithinAsync());
    }

    [Fact]
    public async Task WAITER_ResultAskedForOnceMore_ThrowsAndTheNextWaitGoesOn()
    {
        Waiter<string> waiter;
        using (_gate.Hold()) waiter = _queue.Enqueue();
        var over = waiter.WaitAsync(CancellationToken.None);
        using (_gate.Hold()) Assert.Same(waiter, _queue.Dequeue());
        waiter.Complete("x");
        Assert.Equal("x", await over.AsTask().WithinAsync());
        using (_gate.Hold()) Assert.Same(waiter, _queue.Enqueue());
        var next = waiter.WaitAsync(CancellationToken.None);

        Assert.Throws<InvalidOperationException>(() => over.GetAwaiter().GetResult());

        using (_gate.Hold())
        {
            Assert.NotSame(waiter, _queue.Enqueue());
            Assert.Same(waiter, _queue.Dequeue());
        }

        waiter.Complete("y");
        Assert.Equal("y", await next.AsTask().WithinAsync());
    }

    [Fact]
    public async Task WAITER_InterruptedWhileItIsCancelledTooLate_ReturnsItsValue()
    {
        using var source = new CancellationTokenSource();
        Waiter<string> waiter;
        using (_gate.Hold()) waiter = _queue.Enqueue();
        var waiting = waiter.WaitAsync(source.Token);
        using (_gate.Hold()) Assert.Same(waiter, _queue.Dequeue());
        waiter.Complete("x");
        Assert.True(SpinWait.SpinUntil(() => waiting.IsCompleted, TestTimeout.Default));
        Task cancelled;
        Task ended;
        string? value = null;
        using (_gate.Hold())
        {
            (var cancelling, cancelled) = Start(source.Cancel);
            UntilAsleep(cancelling);
            (_, ended) = Start(() =>
            {
                Thread.CurrentThread.Interrupt();
                value = waiting.GetAwaiter().GetResult();
                Assert.Throws<ThreadInterruptedException>(static () => Thread.Sleep(TestTimeout.Default));
            });
            LetSpin(ended);
        }

        await ended.WithinAsync();
        await cancelled.WithinAsync();
        Assert.Equal("x", value);
    }

    private static (Thread Thread, Task Ended) Start(Action action)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                action();
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        }) { IsBackground = true };
        thread.Start();
        return (thread, ended.Task);
    }

    private static void UntilAsleep(Thread thread) =>
        Assert.True(SpinWait.SpinUntil(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TestTimeout.Default));

    // Long enough for its pauses to become sleeps, which an interrupt ends.
    private static void LetSpin(Task ended) => ended.Wait(TimeSpan.FromMilliseconds(200));
}
