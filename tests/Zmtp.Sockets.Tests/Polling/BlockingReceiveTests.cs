using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>A blocked call that watches its sockets itself.</summary>
public class BlockingReceiveTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    public async Task RECEIVE_NothingComes_TheTimeIsNotSpentTwice(int milliseconds)
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var timeout = TimeSpan.FromMilliseconds(milliseconds);
        var shortest = TimeSpan.MaxValue;
        var begun = Stopwatch.GetTimestamp();

        // Something else may hold the machine up, for seconds perhaps, but not each time.
        for (var i = 0; i < 20 || (shortest >= 1.5 * timeout && Stopwatch.GetElapsedTime(begun) < TestTimeout.Default / 2); i++)
        {
            var start = Stopwatch.GetTimestamp();
            Assert.False(pull.TryReceive(timeout, out _));
            var taken = Stopwatch.GetElapsedTime(start);
            Assert.True(taken >= timeout - TimeSpan.FromMilliseconds(1), $"It gave up after {taken}.");
            if (taken < shortest) shortest = taken;
        }

        Assert.True(shortest < 1.5 * timeout, $"The quickest took {shortest}.");
    }

    [Fact]
    public void PATIENCE_TwoThousandMillionMessagesWithoutABlockingCall_GoesOn()
    {
        var patience = new Patience();
        Taken(patience) = int.MaxValue;
        patience.OnTaken(isAtWriter: false);
        patience.OnTaken(isAtWriter: false);
        patience.Begin(hasSources: false);
    }

    [Fact]
    public void PATIENCE_MessagesComeAnotherWay_LooksAtSocketsNowAndThenOnly()
    {
        var patience = new Patience();
        for (var i = 0; i < 4; i++)
        {
            Assert.True(patience.LooksAtSockets());
            patience.OnFound(isOwn: false);
        }

        Assert.Equal(2, Enumerable.Range(0, 64).Count(_ => patience.LooksAtSockets()));
        patience.OnFound(isOwn: true);
        Assert.True(patience.LooksAtSockets());
        Assert.True(patience.LooksAtSockets());
    }

    [Fact]
    public async Task RECEIVE_ThreadsAreInterruptedAgainAndAgain_NothingIsLostAndNobodyIsDisconnected()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        using var events = new SocketEvents(pull);
        const int count = 100_000;
        var received = 0;
        var isOver = false;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var threads = new Thread?[3];
        using var noMore = new CancellationTokenSource();
        var receiving = Enumerable.Range(0, threads.Length).Select(i => Blocking.RunAsync(() =>
        {
            Volatile.Write(ref threads[i], Thread.CurrentThread);
            while (!Volatile.Read(ref isOver))
            {
                try
                {
                    if (!pull.TryReceive(TimeSpan.FromMilliseconds(30), out var message)) continue;
                    message.Dispose();
                    if (Interlocked.Increment(ref received) == count) all.SetResult();
                }
                catch (ThreadInterruptedException)
                {
                    // As was asked for; nothing else may have happened.
                }
            }

            // Nobody interrupts any more; what is still pending must not reach what comes behind this.
            Assert.IsType<ThreadInterruptedException>(Record.Exception(static () =>
            {
                Thread.CurrentThread.Interrupt();
                Thread.Sleep(Timeout.Infinite);
            }));
        })).ToArray();
        var interrupting = Task.Run(async () =>
        {
            for (var i = 0; !noMore.IsCancellationRequested; i++)
            {
                Volatile.Read(ref threads[i % threads.Length])?.Interrupt();
                await Task.Delay(1);
            }
        });
        try
        {
            await SendAsync(push, count);
            var first = await Task.WhenAny([all.Task, .. receiving]).WithinAsync(seconds: 40, $"all of {count} messages");
            await first;
        }
        finally
        {
            await noMore.CancelAsync();
            await interrupting.WithinAsync();
            Volatile.Write(ref isOver, true);
        }

        await Task.WhenAll(receiving).WithinAsync();
        Assert.DoesNotContain(events.Drain(), happened => happened.Kind == SocketEventKind.Disconnected);
    }

    private static async Task SendAsync(PushSocket push, int count)
    {
        var until = TestTimeout.After(TestTimeout.Default * 2);
        for (var i = 0; i < count; i++)
        {
            await push.SendAsync("x", until);
            if (i % 4 == 0) await Task.Yield();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_taken")]
    private static extern ref int Taken(Patience patience);
}
