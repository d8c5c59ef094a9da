using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Endpoints that are given up while the socket goes on: nothing new goes there, and what was queued for them still arrives.</summary>
public class LeavingEndpointTests
{
    private const int Count = 60_000;
    private static readonly SocketOptions Lingering = new() { Linger = TimeSpan.FromSeconds(15) };

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("ipc", false)]
    [InlineData("inproc", false)]
    [InlineData("tcp", true)]
    [InlineData("ipc", true)]
    public async Task PUSH_OneOfTwoEndpointsLeavesWhileMessagesFlow_NoneIsLost(string transport, bool binds)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Lingering);
        await using var stays = new PullSocket(context);
        await using var leaves = new PullSocket(context);
        await JoinAsync(push, stays, transport, binds);
        var endpoint = await JoinAsync(push, leaves, transport, binds);
        using var arrivals = new Arrivals();
        var counting = Task.WhenAll(arrivals.CountAsync(stays), arrivals.CountAsync(leaves));

        var until = TestTimeout.Token;
        Task leaving = Task.CompletedTask;
        for (var i = 0; i < Count; i++)
        {
            if (i == Count / 4) leaving = Task.Run(async () => await (binds ? push.UnbindAsync(endpoint) : push.DisconnectAsync(endpoint)));
            await push.SendAsync("x", until);
        }

        await leaving.WithinAsync();
        await counting.WithinAsync(seconds: 30);
        Assert.Equal(Count, arrivals.Number);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public async Task PUSH_EndpointThatLeavesHasRoomYet_NewMessagesGoToTheOther(string transport)
    {
        // More than the system's buffers hold, less than the mark.
        const int Old = 400;
        const int OldLength = 64 * 1024;
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Lingering);
        await using var stays = new PullSocket(context);
        await using var leaves = new PullSocket(context, new() { ReceiveHighWaterMark = 1 });
        var endpoint = await Join.ToAsync(leaves, push, transport);
        for (var i = 0; i < Old; i++) Assert.True(push.TrySend(new byte[OldLength]));

        await Join.ToAsync(stays, push, transport);
        var leaving = push.DisconnectAsync(endpoint).AsTask();
        for (var i = 0; i < 100; i++) Assert.True(push.TrySend("new"));

        for (var i = 0; i < 100; i++) Assert.Equal("new", await stays.NextAsync());
        for (var i = 0; i < Old; i++)
        {
            using var message = await leaves.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(OldLength, message.Length);
        }

        await leaving.WithinAsync();
    }

    [Fact]
    public async Task Disconnect_WhileTheSocketCloses_IsTooLateAndDisturbsNothing()
    {
        await using var nobody = RawListener.Reserve();
        await using var norAnybody = RawListener.Reserve();
        await using var context = Join.NewContext();
        var push = new PushSocket(context, new() { Linger = TimeSpan.FromMilliseconds(300) });
        push.Connect(nobody.Endpoint);
        push.Connect(norAnybody.Endpoint);
        await push.SendAsync("to the first");

        var closing = push.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await push.DisconnectAsync(norAnybody.Endpoint));
        await closing.WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await push.DisconnectAsync(nobody.Endpoint));
    }

    [Fact]
    public async Task Connect_AgainAfterGivingUp_DisconnectEndsTheLivingOne()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Lingering);
        var events = new EventLog(push);
        var wrong = new PushSocket(context);
        var endpoint = await wrong.BindAsync("tcp://127.0.0.1:*");
        push.Connect(endpoint);
        await events.NextAsync(SocketEventKind.ConnectStopped);
        await wrong.DisposeAsync();
        await using var pull = new PullSocket(context);
        await pull.BindAsync(endpoint);

        push.Connect(endpoint);
        await push.WaitForPeerAsync(TestTimeout.Default);
        await push.DisconnectAsync(endpoint).WithinAsync();

        Assert.Equal(0, push.PeerCount);
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoint));
    }

    [Fact]
    public async Task Disconnect_EndpointThatWasGivenUp_IsNoError()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        var events = new EventLog(push);
        await using var wrong = new PushSocket(context);
        var endpoint = await wrong.BindAsync("tcp://127.0.0.1:*");
        push.Connect(endpoint);
        await events.NextAsync(SocketEventKind.ConnectStopped);

        await push.DisconnectAsync(endpoint).WithinAsync();
    }

    [Fact]
    public async Task Connect_EverNewEndpointsAreGivenUp_OnlyTheLastAreRemembered()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        await using var wrong = new PubSocket(context);
        string[] endpoints = [.. Enumerable.Range(0, EndpointTable.MaximumGivenUp + 1).Select(static i => $"inproc://given-up-{i}")];
        foreach (var endpoint in endpoints)
        {
            await wrong.BindAsync(endpoint);
            push.Connect(endpoint);
            await wrong.UnbindAsync(endpoint);
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoints[0]));
        foreach (var endpoint in endpoints[1..]) await push.DisconnectAsync(endpoint);
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.DisconnectAsync(endpoints[^1]));
    }

    [Fact]
    public async Task Connect_SenderWaitsAndTheServerIsDown_TheNewQueueTakesTheMessage()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { Linger = TimeSpan.Zero });
        var sending = push.SendAsync("x").AsTask();
        Assert.False(sending.IsCompleted);

        push.Connect(nobody.Endpoint);

        await sending.WithinAsync();
    }

    private static async Task<string> JoinAsync(PushSocket push, PullSocket pull, string transport, bool binds) =>
        binds ? await Join.ToAsync(push, pull, transport) : await Join.ToAsync(pull, push, transport);

    /// <summary>Counts what arrives, here or there, until that is all of it or the time is over.</summary>
    private sealed class Arrivals : IDisposable
    {
        private readonly CancellationTokenSource _all = new(TestTimeout.Default);
        private int _number;

        public int Number => Volatile.Read(ref _number);

        public async Task CountAsync(PullSocket pull)
        {
            try
            {
                while (true)
                {
                    (await pull.ReceiveAsync(_all.Token)).Dispose();
                    if (Interlocked.Increment(ref _number) == Count) await _all.CancelAsync();
                }
            }
            catch (OperationCanceledException)
            {
                // All are here, or the time is over: the number tells.
            }
        }

        public void Dispose() => _all.Dispose();
    }
}
