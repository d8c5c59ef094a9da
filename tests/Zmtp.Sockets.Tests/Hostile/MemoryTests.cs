using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>What peers cost that declare much, or say nothing.</summary>
[Collection(AloneCollection.Name)]
public sealed class MemoryTests
{
    private const long MiB = 1024 * 1024;

    /// <summary>Message buffers that one thread can have without a new one: what the pool keeps, and its own.</summary>
    private const int MostIdle = (64 + 1) * 64;

    /// <summary>Batches that lie idle at most.</summary>
    private const int MostIdleBatches = 1024;

    [Theory]
    [InlineData("02 7F FF FF FF FF FF FF FF", MiB)]
    [InlineData("02 80 00 00 00 00 00 00 00", MiB)]
    [InlineData("02 00 00 00 00 7F FF FF FF", MiB)]
    [InlineData("02 7F FF FF FF FF FF FF FF", long.MaxValue)]
    [Spec("ZMTP30-41", "ZMTP30-42")]
    public async Task LENGTH_AboveTheLimit_TakesNoMemory(string header, long limit)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { MaxMessageSize = limit }));
        await WarmUpAsync(sut);
        var raw = await sut.PeerConnectsAsync("PUSH");
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await raw.SendAsync(header);
        await raw.ExpectCloseAsync();

        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(taken < MiB, $"{taken} octets were allocated.");
    }

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task LENGTH_WithinTheLimitWithoutItsOctets_TakesLittleMemory()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        await WarmUpAsync(sut);
        var raw = await sut.PeerConnectsAsync("PUSH");
        var before = GC.GetTotalAllocatedBytes(precise: true);

        // 256 MiB, the default limit; one octet follows, and the connection stays.
        await raw.SendAsync("02 00 00 00 00 10 00 00 00 41");
        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(200));

        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(taken < 8 * MiB, $"{taken} octets were allocated.");
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }

    [Fact]
    [Spec("ZMTP30-101", "ZMTP30-102", "ZMTP20-16")]
    [Lesson("T8")]
    public async Task SILENCE_Of1000Connections_CostsLittleKeepsNobodyOutAndEndsAtTheHandshakeTimer()
    {
        const int Count = 1000;
        var time = new FakeTimeProvider();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick), time);
        await WarmUpAsync(sut);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        List<RawPeer> silent = [];
        for (var i = 0; i < Count; i++)
        {
            var peer = await sut.RawConnectsAsync();
            await peer.SendAsync("FF 00 00 00 00 00 00 00 00 7F");
            silent.Add(peer);
        }

        // Both ends and this test's own objects.
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        Assert.Equal(1, sut.Socket.PeerCount);
        foreach (var peer in silent) await peer.ExpectAsync(Octets.Greeting31());
        time.Advance(Sut.Quick.HandshakeTimeout);
        foreach (var peer in silent) await peer.ExpectCloseAsync();
        for (var i = 0; i < Count; i++)
        {
            var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
            Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        }

        await good.ExpectOpenAsync();
        Assert.True(each < 32 * 1024, $"Each silent connection took {each} octets.");
    }

    /// <summary>Who stops there has shown no key, and cost the server two scalar multiplications: little must be kept for it.</summary>
    [Fact]
    [Spec("CURVE-22", "ZMTP30-101")]
    [Lesson("T8")]
    public async Task CURVE_300ClientsThatStopAtWelcome_CostLittleKeepNobodyOutAndEndAtTheHandshakeTimer()
    {
        const int Count = 300;
        var time = new FakeTimeProvider();
        var options = TestServers.Asking("CURVE");
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options), time);
        sut.Context.Use(FixedVerdict.Success);
        await (await ToWelcomeAsync(sut)).DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        List<RawCurvePeer> stopped = [];
        for (var i = 0; i < Count; i++) stopped.Add(await ToWelcomeAsync(sut));

        // Both ends and this test's own objects.
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        await using var good = await RawCurvePeer.HandshakeAsClientAsync(
            await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public, "PUSH");
        await good.SendMessageAsync("hello");
        Assert.Equal("hello", await sut.Socket.NextAsync());
        Assert.Equal(1, sut.Socket.PeerCount);
        time.Advance(options.HandshakeTimeout);
        foreach (var peer in stopped) await peer.Peer.ExpectCloseAsync();
        for (var i = 0; i < Count; i++)
        {
            var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
            Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        }

        await good.ExpectOpenAsync();
        Assert.True(each < 16 * 1024, $"Each client that stopped took {each} octets.");
    }

    [Fact]
    public void FRAMES_ManyEmptyOnesInEachMessage_KeepNoTablesInThePool()
    {
        const int Messages = 100;
        const int Frames = 10_000;
        EmptyChunks();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        List<MessageBuffer> messages = [];
        for (var i = 0; i < Messages; i++)
        {
            var message = MessageBuffer.Rent();
            for (var frame = 0; frame < Frames; frame++) message.AppendFrame(0);
            messages.Add(message);
        }

        foreach (var message in messages) message.Return();
        messages.Clear();

        // What the chunks come to that lie idle has a bound of its own.
        EmptyChunks();

        // A reference in each entry, and nothing else, would be as much. What other tests leave behind ends meanwhile, or comes to light.
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(kept < Messages * Frames * nint.Size, $"{kept} octets are kept.");

        static void EmptyChunks()
        {
            while (FrameSlotPool.Idle > 0) FrameSlotPool.Rent();
        }
    }

    /// <summary>What REP takes in has memory of its own, and a request may be two frames without octets.</summary>
    [Fact]
    public void REQUESTS_WithoutOctetsAndWithoutAMark_TakeAtMostFourTimesWhatTheyCountFor() => ExpectLittleTaken(static queue => AddRequest(queue));

    /// <summary>Each comes with a read of its own, which is a batch.</summary>
    [Fact]
    public void REQUESTS_EachInAReadOfItsOwn_TakeAtMostFourTimesWhatTheyCountFor() => ExpectLittleTaken(static queue =>
    {
        AddRequest(queue);
        queue.Publish();
    });

    [Fact]
    public void MESSAGES_EachInAReadOfItsOwn_TakeAtMostFourTimesWhatTheyCountFor() => ExpectLittleTaken(static queue =>
    {
        queue.Open(1).AppendFrame("A"u8, more: false);
        queue.EndMessage();
        queue.Publish();
    });

    /// <summary>As above, over inproc, from ever new peers.</summary>
    [Fact]
    public void MESSAGES_EachAppendedToABatchOfItsOwn_TakeAtMostFourTimesWhatTheyCountFor() => ExpectLittleTaken(static queue =>
    {
        queue.Source = new InboundSource(null, queue, null);
        queue.Append("A"u8);
    });

    /// <summary>What waits to be sent has memory of its own, too.</summary>
    [Fact]
    public async Task MESSAGES_ThatWaitForAPeerWithoutAMark_TakeAtMostFourTimesWhatTheyCountFor()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 0, SendHighWaterOctets = MiB, Linger = TimeSpan.Zero });
        push.Connect("inproc://nobody");
        var idle = TakeIdle();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var count = 0;
        while (push.TrySend("A"u8)) count++;

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        GiveBack(idle);
        Assert.True(taken <= 4 * MiB, $"{count} messages took {taken} octets.");
    }

    private static void ExpectLittleTaken(Action<InboundQueue> add)
    {
        var idle = TakeIdle();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var queue = new InboundQueue(0, MiB);
        var count = 0;
        for (; queue.HasRoom; count++) add(queue);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        GiveBack(idle);
        queue.Publish();
        for (var i = 0; i < count; i++)
        {
            Assert.True(queue.TryTake(out var message, out _));
            message.Return();
        }

        Assert.True(taken <= 4 * MiB, $"{count} messages took {taken} octets.");
        Assert.Equal(0, queue.Octets);
    }

    private static void AddRequest(InboundQueue queue)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(0);
        message.AppendFrame(0);
        queue.Add(message);
    }

    /// <summary>So that all that comes next is new: what lies idle would not be counted.</summary>
    private static (MessageBuffer[] Messages, InboundBatch[] Batches) TakeIdle() =>
        ([.. Enumerable.Range(0, MostIdle).Select(static _ => MessageBuffer.Rent())],
         [.. Enumerable.Range(0, MostIdleBatches).Select(static _ => InboundBatch.Rent(0))]);

    private static void GiveBack((MessageBuffer[] Messages, InboundBatch[] Batches) idle)
    {
        foreach (var message in idle.Messages) message.Return();
        foreach (var batch in idle.Batches) batch.Release();
    }

    /// <summary>A client that has its WELCOME and says nothing more.</summary>
    private static async Task<RawCurvePeer> ToWelcomeAsync(Sut<PullSocket> sut)
    {
        var raw = RawCurvePeer.AsClient(await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public);
        await raw.SendGreetingAsync();
        await raw.Peer.SendAsync(Octets.WithHeader(0x04, raw.Client.Hello()));
        raw.Client.OpenWelcome((await raw.Peer.ReadCommandAsync("WELCOME")).Body);
        return raw;
    }

    /// <summary>The first peer pays for code and pools.</summary>
    private static async Task WarmUpAsync(Sut<PullSocket> sut)
    {
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(Octets.Hello);
        await sut.Socket.NextAsync();
        await raw.SendAsync("08 01 41");
        await raw.ExpectCloseAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }
}
