using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Sockets.Tests.Pipes;

public class WaitQueueTests
{
    private readonly SpinGate _gate = new();
    private readonly WaitQueue<int> _queue;

    public WaitQueueTests() => _queue = new WaitQueue<int>(_gate);

    [Fact]
    public async Task Waiters_AreServedInOrder()
    {
        var first = Enqueue().WaitAsync(default).AsTask();
        var second = Enqueue().WaitAsync(default).AsTask();
        Assert.Equal(2, _queue.Count);
        Dequeue()!.Complete(1);
        Dequeue()!.Complete(2);
        Assert.Null(Dequeue());
        Assert.Equal(1, await first.WithinAsync());
        Assert.Equal(2, await second.WithinAsync());
    }

    [Fact]
    public async Task Cancel_TakesTheWaiterOutAndLeavesTheOthers()
    {
        using var source = new CancellationTokenSource();
        var first = Enqueue().WaitAsync(source.Token).AsTask();
        var second = Enqueue().WaitAsync(default).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
        Assert.Equal(1, _queue.Count);
        Dequeue()!.Complete(7);
        Assert.Equal(7, await second.WithinAsync());
    }

    [Fact]
    public async Task Cancel_AlreadyCancelled_Throws()
    {
        var waiting = Enqueue().WaitAsync(new CancellationToken(true)).AsTask();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Cancel_AfterTheWaiterWasTaken_TheValueStands()
    {
        using var source = new CancellationTokenSource();
        var waiting = Enqueue().WaitAsync(source.Token).AsTask();
        var taken = Dequeue()!;
        await source.CancelAsync();
        taken.Complete(5);
        Assert.Equal(5, await waiting.WithinAsync());
    }

    [Fact]
    public async Task Fail_ThrowsInTheWait()
    {
        var waiting = Enqueue().WaitAsync(default).AsTask();
        Dequeue()!.Fail(new ObjectDisposedException("x"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WithinAsync());
    }

    [Fact]
    public async Task Wait_Blocks_UntilCompleted()
    {
        var waiter = Enqueue();
        var blocked = Task.Factory.StartNew(
            () => waiter.Wait(TestTimeout.Default, out var value) ? value : -1,
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Dequeue()!.Complete(9);
        Assert.Equal(9, await blocked.WithinAsync());
    }

    [Fact]
    public void Wait_TimeIsOver_IsFalseAndTheWaiterIsOut()
    {
        Assert.False(Enqueue().Wait(TimeSpan.FromMilliseconds(5), out _));
        Assert.False(Enqueue().Wait(TimeSpan.Zero, out _));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Discard_WaitingOrFailed_ThrowsNothing()
    {
        Enqueue().Discard();
        Assert.Equal(0, _queue.Count);
        var waiter = Enqueue();
        Dequeue()!.Fail(new ObjectDisposedException("x"));
        waiter.Discard();
    }

    [Fact]
    public async Task ReusedWaiters_UnderCancellationAndCompletionAtOnce_NeverMixValuesUp()
    {
        const int count = 2000;
        var served = 0;

        // It sleeps where nobody waits: with one core it would use up its share of it looking, and each wait would last until it got the next.
        using var enqueued = new SemaphoreSlim(0);
        var serving = Blocking.RunAsync(() =>
        {
            while (served < count)
            {
                Assert.True(enqueued.Wait(TestTimeout.Default));
                Dequeue()?.Complete(++served);
            }
        });
        var last = 0;
        var until = TestTimeout.After(TestTimeout.Default * 2);
        for (var attempt = 0; last < count; attempt++)
        {
            until.ThrowIfCancellationRequested();
            using var source = new CancellationTokenSource();
            var waiting = Enqueue().WaitAsync(source.Token);

            // First: who serves is quicker to wake than the pool, and the two would never meet.
            var cancelling = attempt % 2 == 0 ? Task.Run(source.Cancel) : Task.CompletedTask;
            enqueued.Release();
            try
            {
                var value = await waiting.WithinAsync();
                Assert.Equal(last + 1, value);
                last = value;
            }
            catch (OperationCanceledException)
            {
                // Nothing was handed out: the next value is still the next.
            }

            await cancelling.WithinAsync();
        }

        await serving.WithinAsync();
    }

    private Waiter<int> Enqueue()
    {
        using (_gate.Hold()) return _queue.Enqueue();
    }

    private Waiter<int>? Dequeue()
    {
        using (_gate.Hold()) return _queue.Dequeue();
    }
}
