using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Steady;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Waiting for a message without taking it: for whoever waits for several sockets.</summary>
public class WaitToReceiveTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task WaitToReceive_MessageComes_TellsOfItAndTakesNone(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        for (var i = 0; i < 3; i++)
        {
            var waiting = pull.WaitToReceiveAsync().AsTask();
            Assert.False(waiting.IsCompleted);
            await push.SendAsync($"{i}");

            Assert.True(await waiting.WithinAsync());

            var again = pull.WaitToReceiveAsync();
            Assert.True(again.IsCompleted && await again);
            Assert.True(pull.TryReceive(out var message));
            using (message) Assert.Equal($"{i}", message.AsString());
        }
    }

    [Fact]
    public async Task WaitToReceive_SeveralWait_OneMessageIsToldToAll()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        var waiting = Enumerable.Range(0, 5).Select(_ => pull.WaitToReceiveAsync().AsTask()).ToArray();
        Assert.All(waiting, static task => Assert.False(task.IsCompleted));

        await push.SendAsync("one");

        Assert.All(await Task.WhenAll(waiting).WithinAsync(), Assert.True);
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "one");
    }

    /// <summary>As a loop makes them that asks several sockets anew in each round, of the one that has nothing.</summary>
    [Fact]
    public async Task WaitToReceive_AgainAndAgainWhileNothingComes_AllocatesNothing()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        var first = pull.WaitToReceiveAsync().AsTask();
        var second = pull.WaitToReceiveAsync().AsTask();

        var allocated = OwnAllocations.LeastOf(() =>
        {
            for (var i = 0; i < 10_000; i++) _ = pull.WaitToReceiveAsync().AsTask();
        });

        Assert.Equal(0, allocated);
        var last = pull.WaitToReceiveAsync().AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted || last.IsCompleted);
        await push.SendAsync("one");
        Assert.All(await Task.WhenAll(first, second, last).WithinAsync(), Assert.True);

        // And from the beginning.
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "one");
        Task<bool>[] next = [pull.WaitToReceiveAsync().AsTask(), pull.WaitToReceiveAsync().AsTask(), pull.WaitToReceiveAsync().AsTask()];
        Assert.All(next, static task => Assert.False(task.IsCompleted));
        await push.SendAsync("two");
        Assert.All(await Task.WhenAll(next).WithinAsync(), Assert.True);
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "two");
    }

    [Fact]
    public async Task WaitToReceive_OneOfSeveralBlocksWhenItIsTold_TheSenderGoesOn()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        using var both = new Barrier(2);
        var first = pull.WaitToReceiveAsync().AsTask();

        // Without the tests' own context, which would have it go on by itself.
        var (meeting, _) = await Task.Run(() => (MeetAsync(), true));
        var sending = Task.Run(() =>
        {
            push.Send("one");
            return both.SignalAndWait(TestTimeout.Default);
        });

        Assert.All(await Task.WhenAll(first, meeting, sending).WithinAsync(), Assert.True);

        async Task<bool> MeetAsync() => await pull.WaitToReceiveAsync() && both.SignalAndWait(TestTimeout.Default);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task WaitToReceive_AReceiveWaitsToo_TheReceiveComesFirst(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        var watching = pull.WaitToReceiveAsync().AsTask();
        var receiving = pull.ReceiveAsync();

        await push.SendAsync("one");

        await Pairing.ExpectAsync(receiving, "one");
        Assert.False(watching.IsCompleted);
        await push.SendAsync("two");
        Assert.True(await watching.WithinAsync());
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "two");
    }

    [Fact]
    public async Task WaitToReceive_Cancelled_ThrowsAndNothingIsLost()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        using var source = new CancellationTokenSource();
        var cancelled = pull.WaitToReceiveAsync(source.Token).AsTask();
        var other = pull.WaitToReceiveAsync().AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WithinAsync());
        Assert.False(other.IsCompleted);
        await push.SendAsync("kept");
        Assert.True(await other.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pull.WaitToReceiveAsync(source.Token));
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "kept");
    }

    [Fact]
    public async Task WaitToReceive_SocketIsDisposedBeforeOrMeanwhile_IsFalse()
    {
        await using var context = Join.NewContext();
        foreach (var socket in new ZmtpSocket[]
                 { new PullSocket(context), new PairSocket(context), new RepSocket(context), new SubSocket(context), new RouterSocket(context) })
        {
            var receiving = (IReceivingSocket)socket;
            var first = receiving.WaitToReceiveAsync().AsTask();
            var second = receiving.WaitToReceiveAsync(TestTimeout.Token).AsTask();
            var third = receiving.WaitToReceiveAsync().AsTask();

            await socket.DisposeAsync().WithinAsync();

            Assert.False(await first.WithinAsync());
            Assert.False(await second.WithinAsync());
            Assert.False(await third.WithinAsync());
            Assert.False(await receiving.WaitToReceiveAsync().WithinAsync());
            Assert.Throws<ObjectDisposedException>(() => receiving.TryReceive(out _));
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task WaitToReceive_TwoSocketsInALoop_EachMessageIsReceivedOnceAndInOrder(string transport)
    {
        await using var context = Join.NewContext();

        // A mark this low has the readers stop all the time, and wait for whoever drains.
        var options = new SocketOptions { ReceiveHighWaterMark = 3, SendHighWaterMark = 3 };
        await using var pulls = new PullSocket(context, options);
        await using var pairs = new PairSocket(context, options);
        await using var push = new PushSocket(context, options);
        await using var pair = new PairSocket(context, options);
        await Join.ToAsync(pulls, push, transport);
        await Join.ToAsync(pairs, pair, transport);
        const int count = 5_000;
        var until = TestTimeout.Token;
        var sending = Task.WhenAll(SendAsync(push), SendAsync(pair));

        IReceivingSocket[] sockets = [pulls, pairs];
        var received = new int[sockets.Length];
        var waits = new Task<bool>?[sockets.Length];
        while (received.Sum() < 2 * count)
        {
            for (var i = 0; i < sockets.Length; i++)
            {
                while (sockets[i].TryReceive(out var message))
                {
                    using (message) Assert.Equal(received[i]++, BitConverter.ToInt32(message.Span));
                }

                if (waits[i] is not { IsCompleted: false }) waits[i] = sockets[i].WaitToReceiveAsync(until).AsTask();
            }

            if (received.Sum() < 2 * count) Assert.True(await await Task.WhenAny(waits!).WithinAsync());
        }

        await sending.WithinAsync();
        Assert.Equal([count, count], received);

        Task SendAsync(SendingSocket socket) => Task.Run(async () =>
        {
            for (var i = 0; i < count; i++) await socket.SendAsync(BitConverter.GetBytes(i), until);
        });
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task WaitToReceive_BesideABlockedReceive_EachMessageIsReceivedByOneOfThem(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        const int count = 2_000;
        var until = TestTimeout.Token;
        var seen = new int[count];
        var left = count;
        using var over = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            try
            {
                while (await pull.WaitToReceiveAsync(over.Token))
                {
                    while (pull.TryReceive(out var message)) Note(message);
                }
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
            }
        });
        var receiving = Blocking.RunAsync(() =>
        {
            while (!over.IsCancellationRequested)
            {
                if (pull.TryReceive(TimeSpan.FromMilliseconds(5), out var message)) Note(message);
            }
        });

        for (var i = 0; i < count; i++)
        {
            await push.SendAsync(BitConverter.GetBytes(i), until);
            if (i % 10 == 0) await Task.Yield();
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref left) == 0, TestTimeout.Default), $"{left} messages are missing.");
        await over.CancelAsync();
        await Task.WhenAll(watching, receiving).WithinAsync();
        Assert.All(seen, static times => Assert.Equal(1, times));

        void Note(Message message)
        {
            using (message) Interlocked.Increment(ref seen[BitConverter.ToInt32(message.Span)]);
            Interlocked.Decrement(ref left);
        }
    }

    [Fact]
    public async Task WaitToReceive_CancelledAgainAndAgain_NoMessageIsMissed()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        const int count = 5_000;
        var until = TestTimeout.Token;
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sending = Task.Run(async () =>
        {
            // With nothing more to come, the first wait ends by being cancelled.
            await first.Task.WaitAsync(until);
            for (var i = 0; i < count; i++)
            {
                await push.SendAsync(BitConverter.GetBytes(i), until);
                if (i % 16 == 0) await Task.Yield();
            }
        });

        for (var i = 0; i < count;)
        {
            until.ThrowIfCancellationRequested();
            using var source = new CancellationTokenSource();
            var waiting = pull.WaitToReceiveAsync(source.Token);
            if (!waiting.IsCompleted) _ = Task.Run(source.Cancel);
            try
            {
                Assert.True(await waiting.WithinAsync());
                Assert.True(pull.TryReceive(out var message));
                using (message) Assert.Equal(i++, BitConverter.ToInt32(message.Span));
            }
            catch (OperationCanceledException)
            {
                first.TrySetResult();
            }
        }

        await sending.WithinAsync();
    }
}
