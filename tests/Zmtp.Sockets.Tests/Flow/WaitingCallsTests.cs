using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

public class WaitingCallsTests
{
    [Fact]
    public async Task Receive_NothingComes_ThrowsTimeoutExceptionInTime()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveTimeout = TimeSpan.FromMilliseconds(60) });
        var watch = Stopwatch.StartNew();
        Assert.Throws<TimeoutException>(() => pull.Receive());
        Assert.True(watch.ElapsedMilliseconds >= 50, $"{watch.ElapsedMilliseconds} ms");
        Assert.Throws<TimeoutException>(() => pull.Receive(TimeSpan.FromMilliseconds(1)));
        Assert.False(pull.TryReceive(TimeSpan.FromMilliseconds(1), out _));
        Assert.False(pull.TryReceive(out _));
    }

    [Fact]
    public async Task ReceiveAsync_TokenCancelledAlready_IsCancelled()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        await push.SendAsync("kept");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pull.ReceiveAsync(new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await push.SendAsync("x", new CancellationToken(true)));

        await Pairing.ExpectAsync(pull.ReceiveAsync(), "kept");
        Assert.False(pull.TryReceive(out _));
    }

    [Fact]
    public async Task SendAsync_CancelledWhileItWaits_NothingIsSentAndTheMessageIsStillTheCallers()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        using var source = new CancellationTokenSource();
        var message = Message.Of("mine", "still");
        var sending = push.SendAsync(message, source.Token).AsTask();
        var frame = push.SendAsync("x"u8.ToArray(), source.Token).AsTask();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WithinAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => frame.WithinAsync());
        Assert.Equal("still", message.AsString(1));
        await Join.ToAsync(pull, push, "inproc");
        await push.SendAsync(message);
        await Pairing.ExpectAsync(pull.ReceiveAsync(), "mine", "still");
        Assert.False(pull.TryReceive(out _));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task ReceiveAsync_CancelledAgainAndAgain_NoMessageIsLost(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        const int count = 20_000;
        var until = TestTimeout.After(TestTimeout.Default * 2);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                // With nothing more to come, the receiver's wait ends by being cancelled.
                if (i == 1_000) await first.Task.WaitAsync(until);
                await push.SendAsync(BitConverter.GetBytes(i), until);
                if (i % 16 == 0) await Task.Yield();
            }
        });

        var cancelled = 0;
        for (var i = 0; i < count;)
        {
            until.ThrowIfCancellationRequested();
            using var source = new CancellationTokenSource();
            var receiving = pull.ReceiveAsync(source.Token);
            if (!receiving.IsCompleted) _ = Task.Run(source.Cancel);
            try
            {
                using var message = await receiving.WithinAsync();
                Assert.Equal(i, BitConverter.ToInt32(message.Span));
                i++;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
                first.TrySetResult();
            }
        }

        await sending.WithinAsync();
        Assert.True(cancelled > 0, "The test never cancelled anything.");
    }

    [Fact]
    public async Task AwaitForeach_SocketIsDisposed_Ends()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        for (var i = 0; i < 10; i++) await push.SendAsync($"{i}");

        var seen = new List<string>();
        var loop = Task.Run(async () =>
        {
            await foreach (var message in pull)
            {
                using (message) seen.Add(message.AsString());
                if (seen.Count == 10) _ = pull.DisposeAsync().AsTask();
            }
        });

        await loop.WithinAsync();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), seen);
    }

    [Fact]
    public async Task AwaitForeach_TokenIsCancelled_Throws()
    {
        await using var context = Join.NewContext();
        await using var pair = new PairSocket(context);
        using var source = new CancellationTokenSource();
        var loop = LoopAsync();
        Assert.False(loop.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.WithinAsync());

        // Comes back when it waits.
        async Task LoopAsync()
        {
            await foreach (var message in pair.ReceiveAllAsync(source.Token)) message.Dispose();
        }
    }

    [Fact]
    public async Task Dispose_CallsAreWaiting_TheyThrowObjectDisposedException()
    {
        await using var context = Join.NewContext();
        var pair = new PairSocket(context);
        var receiving = pair.ReceiveAsync().AsTask();
        var sending = pair.SendAsync("x").AsTask();
        var blockedReceive = Blocking.RunToItsWait(() => pair.Receive());
        var blockedSend = Blocking.RunToItsWait(() => pair.Send("x"));
        var arrival = pair.WaitForPeerAsync(Timeout.InfiniteTimeSpan);
        Task[] calls = [receiving, sending, blockedReceive, blockedSend, arrival];
        Assert.All(calls, call => Assert.False(call.IsCompleted));

        await pair.DisposeAsync().WithinAsync();

        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call.WithinAsync());
        }
    }

    [Fact]
    public async Task Dispose_LaterCalls_ThrowObjectDisposedException()
    {
        await using var context = Join.NewContext();
        await using var other = new PairSocket(context);
        var pair = new PairSocket(context, new() { SendTimeout = TestTimeout.Default });
        await Join.ToAsync(pair, other, "inproc");
        await pair.DisposeAsync();
        await pair.DisposeAsync();
        pair.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pair.TrySend("x"));
        Assert.Throws<ObjectDisposedException>(() => pair.Send("x"));
        Assert.Throws<ObjectDisposedException>(() => pair.TryReceive(out _));
        Assert.Throws<ObjectDisposedException>(() => pair.Receive(TestTimeout.Default));
        Assert.Throws<ObjectDisposedException>(() => pair.Connect("inproc://x"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.BindAsync("inproc://x").WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.ReceiveAsync().WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.SendAsync("x").WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.WaitForPeerAsync(TestTimeout.Default));
    }
}
