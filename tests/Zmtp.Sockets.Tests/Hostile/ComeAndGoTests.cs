using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Threading;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>Peers that send up to the marks, leave and come again: what they leave behind is bounded as what a peer sends that stays.</summary>
[Collection(AloneCollection.Name)]
public class ComeAndGoTests
{
    private const long MiB = 1024 * 1024;
    private const int Peers = 30;
    private const int MessageLength = 64 * 1024;
    private const int MessagesEach = 640;

    [Fact]
    public async Task PULL_PeersSendMuchAndLeaveWhileNobodyReceives_MemoryIsBoundedAndWhatWasTakenArrives()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var sent = new int[Peers];
        for (var peer = 0; peer < Peers; peer++) sent[peer] = await SendAndLeaveAsync(sut, peer);

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        var good = await sut.PeerConnectsAsync("PUSH", settle: false);
        await good.SendAsync(Octets.Hello);
        Assert.True(taken < 200 * MiB, $"{taken / MiB} MiB are kept.");
        Assert.Equal(MessagesEach, sent[0]);
        await ReceiveAllAsync(sut, sent);
    }

    [Fact]
    public async Task PULL_PeersSendOneLargeMessageEachAndLeave_MemoryIsBounded()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        byte[][] large = [.. Octets.Frame(new byte[40 * MiB]).Chunk((int)MiB)];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var read = 0;
        for (var peer = 0; peer < Peers; peer++)
        {
            await using var raw = await RawPeer.ConnectAsync(sut.Endpoint);
            await raw.Handshake31Async("PUSH");
            var pipe = await NextPipeAsync(sut);
            if (!await SendWhileReadAsync(raw, pipe, large)) continue;
            read++;
            await sut.Events.NextAsync(SocketEventKind.Disconnected);
        }

        // Two messages are over the mark.
        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(2, read);
        Assert.True(taken < 200 * MiB, $"{taken / MiB} MiB are kept.");
    }

    [Fact]
    public async Task DEALER_WhatIsLeftIsUpToTheMark_TheNextPeerIsSentToAndReadWhenThereIsRoom()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick with { ReceiveHighWaterMark = 3 }));
        await LeaveFourAsync(sut);

        var next = await sut.PeerConnectsAsync("DEALER", settle: false);
        for (var i = 0; i < 10; i++) await next.SendAsync(Octets.Frame($"{i}"));
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        await sut.Socket.SendAsync("hello", TestTimeout.Token);
        await next.ExpectAsync(Octets.Hello);

        List<string> received = [];
        for (var i = 0; i < 14; i++) received.Add(await sut.Socket.NextAsync());
        Assert.Equal(["a", "a", "b", "b"], received.Where(static text => !char.IsDigit(text[0])).Order());
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}"), received.Where(static text => char.IsDigit(text[0])));
        await next.ExpectOpenAsync();
    }

    [Fact]
    public async Task PULL_MorePeersWaitToBeReadThanMay_TheOldestIsEndedAndTheOthersAreRead()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, Sut.Quick with { ReceiveHighWaterMark = 3, MaxPendingHandshakes = 2 }));
        await LeaveFourAsync(sut);
        var waiting = new List<RawPeer>();
        for (var i = 0; i < 3; i++)
        {
            var next = await sut.PeerConnectsAsync("PUSH", settle: false);
            await next.SendAsync(Octets.Frame($"{i}"));
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
            waiting.Add(next);
        }

        await waiting[0].ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.StartsWith("The connection was ended before anything of it was read", ended.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(FaultOrigin.Local, ended.Error.Origin);

        List<string> received = [];
        for (var i = 0; i < 6; i++) received.Add(await sut.Socket.NextAsync());
        Assert.Equal(["1", "2", "a", "a", "b", "b"], received.Order());
        await waiting[1].ExpectOpenAsync();
        await waiting[2].ExpectOpenAsync();
    }

    /// <summary>A short message of each would be next to nothing, and each leaves more than that.</summary>
    [Fact]
    public async Task PULL_PeersLeaveOneShortMessageEach_WhatElseTheyOccupyCountsToo()
    {
        const int Leaving = 10;
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, Sut.Quick with { ReceiveHighWaterOctets = Leaving * 4096, MaxPendingHandshakes = 2 }));
        for (var i = 0; i < Leaving; i++)
        {
            var leaving = await sut.PeerConnectsAsync("PUSH");
            await leaving.SendAsync(Octets.Frame("x"));
            await leaving.DisposeAsync();
            await sut.Events.NextAsync(SocketEventKind.Disconnected);
        }

        sut.Events.Rest();
        var waiting = new List<RawPeer>();
        for (var i = 0; i < 3; i++)
        {
            waiting.Add(await sut.PeerConnectsAsync("PUSH", settle: false));
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        }

        // One more than may wait to be read shows that they are not.
        await waiting[0].ExpectCloseAsync();
        for (var i = 0; i < Leaving; i++) Assert.Equal("x", await sut.Socket.NextAsync());
        await waiting[2].SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task CLOSE_WhilePeersWaitToBeRead_IsNotHeldUp()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { ReceiveHighWaterMark = 3 }));
        await LeaveFourAsync(sut);
        for (var i = 0; i < 3; i++)
        {
            var next = await sut.PeerConnectsAsync("PUSH", settle: false);
            await next.SendAsync(Octets.Frame("unread"), Octets.Frame("unread"));
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        }

        await sut.Socket.DisposeAsync().WithinAsync();
    }

    [Fact]
    public async Task UNBIND_WhilePeersWaitToBeRead_IsNotHeldUpAndTheOthersAreRead()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { ReceiveHighWaterMark = 3 }));
        var left = sut.Endpoint;
        await LeaveFourAsync(sut);
        await sut.PeerConnectsAsync("PUSH", settle: false);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        await sut.BindAsync();
        var stays = await sut.PeerConnectsAsync("PUSH", settle: false);
        await stays.SendAsync(Octets.Hello);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);

        await sut.Socket.UnbindAsync(left).WithinAsync();

        List<string> received = [];
        for (var i = 0; i < 5; i++) received.Add(await sut.Socket.NextAsync());
        Assert.Equal(["a", "a", "b", "b", "hello"], received.Order());
    }

    /// <summary>More than the mark of three: of two peers, for one at its mark would keep its connection until it is read to its end.</summary>
    private static async Task LeaveFourAsync<T>(Sut<T> sut)
        where T : ZmtpSocket
    {
        foreach (var text in new[] { "a", "b" })
        {
            var leaving = await sut.PeerConnectsAsync(sut.Socket is PullSocket ? "PUSH" : "DEALER");
            await leaving.SendAsync(Octets.Frame(text), Octets.Frame(text));
            await leaving.DisposeAsync();
            await sut.Events.NextAsync(SocketEventKind.Disconnected);
        }

        sut.Events.Rest();
    }

    /// <summary>Sends all of it and leaves, or leaves when it is not read any more.</summary>
    /// <returns>Whether all of it was taken.</returns>
    private static async Task<bool> SendWhileReadAsync(RawPeer raw, Pipe pipe, byte[][] pieces)
    {
        Task sending = Task.CompletedTask;
        foreach (var piece in pieces)
        {
            sending = raw.SendAsync(piece);
            if (!await IsTakenAsync(sending, pipe)) break;
        }

        var isTaken = sending.IsCompleted;
        await raw.DisposeAsync();
        await sending.ContinueWith(static cut => _ = cut.Exception, TaskScheduler.Default).WithinAsync();
        return isTaken;
    }

    /// <returns>How many messages the system has taken whole.</returns>
    private static async Task<int> SendAndLeaveAsync(Sut<PullSocket> sut, int peer)
    {
        await using var raw = await RawPeer.ConnectAsync(sut.Endpoint);
        await raw.Handshake31Async("PUSH");
        var pipe = await NextPipeAsync(sut);
        var body = new byte[MessageLength];
        Task sending = Task.CompletedTask;
        var number = 0;
        for (; number < MessagesEach; number++)
        {
            BinaryPrimitives.WriteInt32BigEndian(body, peer);
            BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(4), number);
            sending = raw.SendAsync(Octets.Frame(body));
            if (!await IsTakenAsync(sending, pipe)) break;
        }

        raw.ShutdownSend();
        await raw.DisposeAsync();
        await sending.ContinueWith(static cut => _ = cut.Exception, TaskScheduler.Default).WithinAsync();
        return number;
    }

    /// <summary>Waits until the system has taken something, or it will not, because the connection is not read for want of room.</summary>
    private static async Task<bool> IsTakenAsync(Task sending, Pipe pipe)
    {
        for (var until = TestTimeout.Token; !sending.IsCompleted && pipe.Inbound.MayHaveRoom; await Task.Yield()) until.ThrowIfCancellationRequested();
        return sending.IsCompleted;
    }

    /// <summary>The pipe of the peer that has just shaken hands.</summary>
    private static async Task<Pipe> NextPipeAsync(Sut<PullSocket> sut)
    {
        var succeeded = await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        var sources = Sources(sut.Socket.Receiver);
        using (Gate(sources).Hold()) return All(sources).Single(pipe => pipe.Peer == succeeded.Peer);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_all")]
    private static extern ref HashSet<Pipe> All(FewPipes pipes);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref SpinGate Gate(FewPipes pipes);

    /// <summary>What was sent has to arrive in order, and besides "hello".</summary>
    private static async Task ReceiveAllAsync(Sut<PullSocket> sut, int[] sent)
    {
        var counts = new int[Peers];
        var isHelloHere = false;
        var until = TestTimeout.Token;
        while (!isHelloHere || sent.Where((count, peer) => counts[peer] < count).Any())
        {
            using var message = await sut.Socket.ReceiveAsync(until);
            if (message.AsString() == "hello")
            {
                isHelloHere = true;
                continue;
            }

            var peer = BinaryPrimitives.ReadInt32BigEndian(message[0].Span);
            Assert.Equal(counts[peer], BinaryPrimitives.ReadInt32BigEndian(message[0].Span[4..]));
            counts[peer]++;
        }
    }
}
