using Xunit;
using Zmtp.Testing;
using Zmtp.Threading;

namespace Zmtp.Core.Tests.Threading;

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
        var setting = Blocking.RunAsync(() =>
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
        await setting.WithinAsync(seconds: 30);
        Assert.NotEqual(setter, await waiting.WithinAsync());
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

    [Fact]
    public async Task Set_WhileAnEarlierOneIsTaken_WhoTakesThatSeesWhatWasWrittenBefore()
    {
        const int end = -1;
        var signal = new AsyncSignal();
        var written = 0;
        var taken = 0;
        var lost = 0;
        var setting = Blocking.RunAsync(() =>
        {
            var stop = Environment.TickCount64 + 3_000;
            for (var i = 2; lost == 0 && Environment.TickCount64 < stop; i += 2)
            {
                // The second one may find the first one there still. Whoever takes that has to see both numbers then, or to find another signal.
                Volatile.Write(ref written, i - 1);
                signal.SetHere();
                Thread.SpinWait(i / 2 % 16);
                Volatile.Write(ref written, i);
                signal.SetHere();
                if (!IsSoon(() => Volatile.Read(ref taken) == i)) lost = i;
            }

            Volatile.Write(ref written, end);
        });
        var taking = Blocking.RunAsync(() =>
        {
            for (var turns = 0; Volatile.Read(ref written) != end; turns++)
            {
                // So that it comes now before the first one and now behind it.
                Thread.SpinWait(turns % 23);
                var wait = signal.WaitAsync();
                if (!wait.IsCompleted && (!IsSoon(() => wait.IsCompleted || Volatile.Read(ref written) == end) || !wait.IsCompleted)) return;
                wait.GetAwaiter().GetResult();
                Volatile.Write(ref taken, Volatile.Read(ref written));
            }
        });
        await Task.WhenAll(setting, taking).WithinAsync(60);
        Assert.Equal(0, lost);
    }

    private static bool IsSoon(Func<bool> condition)
    {
        var limit = Environment.TickCount64 + 10_000;
        for (var looks = 1; !condition(); looks++)
        {
            if (looks % 1_000 != 0) continue;
            if (Environment.TickCount64 > limit) return false;
            Thread.Yield();
        }

        return true;
    }
}
