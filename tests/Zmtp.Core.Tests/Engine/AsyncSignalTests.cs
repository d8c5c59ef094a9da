using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class AsyncSignalTests
{
    [Fact]
    public async Task SetBeforeTheWait_CompletesItOnce()
    {
        var signal = new AsyncSignal();
        signal.Set();
        signal.Set();
        await signal.WaitAsync().WithinAsync();
        var second = signal.WaitAsync().AsTask();
        Assert.False(second.IsCompleted);
        signal.Set();
        await second.WithinAsync();
    }

    [Fact]
    public async Task Set_DoesNotRunTheWaiterOnTheSettersThread()
    {
        var signal = new AsyncSignal();
        var waiting = Task.Run(async () =>
        {
            await signal.WaitAsync().ConfigureAwait(false);
            return Environment.CurrentManagedThreadId;
        });
        var setter = 0;
        var thread = new Thread(() =>
        {
            setter = Environment.CurrentManagedThreadId;
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    signal.Set();
                    return waiting.IsCompleted;
                },
                TestTimeout.Default));
        });
        thread.Start();
        Assert.NotEqual(setter, await waiting.WithinAsync());
        thread.Join();
    }

    [Fact]
    public async Task SetAndWait_FromTwoThreads_NoneIsMissed()
    {
        const int count = 50_000;
        var there = new AsyncSignal();
        var back = new AsyncSignal();
        var ping = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                there.Set();
                await back.WaitAsync();
            }
        });
        var pong = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await there.WaitAsync();
                back.Set();
            }
        });

        await Task.WhenAll(ping, pong).WithinAsync(60);
    }
}
