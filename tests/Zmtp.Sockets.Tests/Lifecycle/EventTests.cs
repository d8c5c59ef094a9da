using System.Collections.Concurrent;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class EventTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public async Task Life_OfAConnection_IsToldAtBothEnds(string transport)
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context);
        var push = new PushSocket(context);
        var bound = new EventLog(pull);
        var connected = new EventLog(push);
        var endpoint = await Join.ToAsync(pull, push, transport);

        Assert.Equal(endpoint, (await bound.NextAsync(SocketEventKind.Listening)).Endpoint);
        Assert.Equal(endpoint, (await bound.NextAsync(SocketEventKind.Accepted)).Endpoint);
        var arrived = await bound.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.Equal(SocketType.Push, arrived.Peer!.SocketType);
        Assert.True(arrived.Peer.IsIncoming);
        Assert.Equal(endpoint, (await connected.NextAsync(SocketEventKind.Connected)).Endpoint);
        var reached = await connected.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.Equal(SocketType.Pull, reached.Peer!.SocketType);
        Assert.False(reached.Peer.IsIncoming);

        await push.DisposeAsync();
        Assert.Null((await connected.NextAsync(SocketEventKind.Disconnected)).Error);
        Assert.NotNull((await bound.NextAsync(SocketEventKind.Disconnected)).Error);
        await pull.DisposeAsync();
        Assert.Equal(endpoint, (await bound.NextAsync(SocketEventKind.Closed)).Endpoint);
    }

    [Fact]
    public async Task Handler_ThrowsOrBlocks_TrafficGoesOnAndOthersHear()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        using var go = new ManualResetEventSlim();
        pull.Event += (_, _) => throw new InvalidOperationException("A bad handler.");
        var others = new EventLog(pull);
        push.Event += (_, _) => go.Wait(TestTimeout.Default);
        await Join.ToAsync(pull, push);
        await Pairing.ExchangeAsync(push, pull);
        await others.NextAsync(SocketEventKind.Listening);
        await others.NextAsync(SocketEventKind.HandshakeSucceeded);
        go.Set();
    }

    // Who closes a socket does not wait for the application's handlers: they may wait for whoever closes it.
    [Fact]
    public async Task Handler_BlocksWhileTheSocketIsDisposedOf_DisposeEndsAndTheHandlerHearsTheRestLater()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context);
        var isBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var go = new ManualResetEventSlim();
        pull.Event += (_, happened) =>
        {
            isBusy.TrySetResult();
            go.Wait(TestTimeout.Default);
            if (happened.Kind == SocketEventKind.Closed) isClosed.SetResult();
        };
        await pull.BindAsync("tcp://127.0.0.1:*");
        await isBusy.Task.WithinAsync();

        await pull.DisposeAsync().WithinAsync();

        Assert.False(isClosed.Task.IsCompleted);
        go.Set();
        await isClosed.Task.WithinAsync();
    }

    [Fact]
    public async Task Handler_Throws_TheLogNamesSocketEventAndEndpoint()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var pull = new PullSocket(context);
        pull.Event += (_, _) => throw new InvalidOperationException("A bad handler.");
        await pull.BindAsync("inproc://bad-handler");

        var line = await log.NextAsync(3707);
        Assert.StartsWith("PULL Listening inproc://bad-handler: ", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_FallsBehind_TheLogSaysSoOnceAndAtTheEndHowManyEventsWereDropped()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var pull = new PullSocket(context);
        var isBusy = new TaskCompletionSource();
        using var go = new ManualResetEventSlim();
        var heard = new ConcurrentQueue<string>();
        pull.Event += (_, happened) =>
        {
            heard.Enqueue(happened.Endpoint);
            isBusy.TrySetResult();
            go.Wait(TestTimeout.Default);
        };
        for (var congestion = 1; congestion <= 2; congestion++)
        {
            pull.Raise(SocketEventKind.Listening, "inproc://name");
            await isBusy.Task.WithinAsync();
            heard.Clear();
            for (var i = 0; i < 1024; i++) pull.Raise(SocketEventKind.Closed, $"{i}");
            Assert.Equal(congestion - 1, log.All.Count(line => line.Id.Id == 3709));

            for (var i = 1024; i < 1027; i++) pull.Raise(SocketEventKind.Closed, $"{i}");
            Assert.Equal(congestion, log.All.Count(line => line.Id.Id == 3709));

            go.Set();
            Assert.Equal("PULL: the handlers of its events have caught up; events dropped: 3.", (await log.NextAsync(3710, congestion)).Text);
            Assert.Equal(Enumerable.Range(3, 1024).Select(i => $"{i}"), heard);
            go.Reset();
            isBusy = new TaskCompletionSource();
        }
    }

    [Fact]
    public async Task PeerCount_FollowsThePeers()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        Assert.Equal(0, pull.PeerCount);
        var push = new PushSocket(context);
        await Join.ToAsync(pull, push);
        Assert.Equal(1, pull.PeerCount);
        await push.DisposeAsync();
        Assert.True(SpinWait.SpinUntil(() => pull.PeerCount == 0, TestTimeout.Default));
    }
}
