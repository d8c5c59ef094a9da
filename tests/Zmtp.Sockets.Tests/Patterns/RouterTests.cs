using System.Runtime.InteropServices;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>ROUTER towards scripted peers (RFC 28, "The ROUTER Socket Type").</summary>
public class RouterTests
{
    [Fact]
    [Spec("REQREP-37", "REQREP-42", "REQREP-45", "REQREP-46", "REQREP-47", "REQREP-48")]
    public async Task ROUTER_PeersOfAllTypes_AreToldApartAndAnsweredByIdentity()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var peers = new Dictionary<string, RawPeer>
        {
            ["ABC"] = await sut.PeerConnectsAsync("DEALER", "ABC"),
            ["D"] = await sut.PeerConnectsAsync("REQ", "D"),
            ["E"] = await sut.PeerListensAsync("ROUTER", "E"),
        };
        foreach (var (identity, raw) in peers)
        {
            await raw.SendAsync("00 01 41");
            Assert.Equal(identity + ",A", await sut.Socket.NextAsync());
        }

        foreach (var (identity, raw) in peers)
        {
            await sut.Socket.SendAsync(Message.Of(identity, "A"));
            await raw.ExpectAsync("00 01 41");
            await sut.Socket.SendAsync(Message.Of(identity, "", "B"));
            await raw.ExpectAsync("01 00 00 01 42");
        }
    }

    [Fact]
    [Spec("REQREP-41", "REQREP-52")]
    public async Task ROUTER_AnonymousPeers_GetDistinctIdsThatBeginWithZero()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        HashSet<string> ids = [];
        for (int i = 0; i < 100; i++)
        {
            var raw = await sut.PeerConnectsAsync("DEALER", i % 2 == 0 ? null : "");
            await raw.SendAsync(Octets.Hello);
            byte[][] frames = await sut.Socket.NextFramesAsync();
            Assert.Equal(0, frames[0][0]);
            Assert.True(ids.Add(Octets.ToHex(frames[0])), $"The id {Octets.ToHex(frames[0])} was given twice.");
        }
    }

    [Fact]
    [Spec("REQREP-49")]
    public async Task ROUTER_UnknownId_IsDroppedOrAnError()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("DEALER", "ABC");
        await sut.Socket.SendAsync(Message.Of("XYZ", "A")).WithinAsync();
        await raw.ExpectOpenAsync();

        await using var mandatory = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick with { RouterMandatory = true }));
        raw = await mandatory.PeerConnectsAsync("DEALER", "ABC");
        using var message = Message.Of("XYZ", "A");
        await Assert.ThrowsAsync<HostUnreachableException>(async () => await mandatory.Socket.SendAsync(message));
        Assert.Equal(2, message.FrameCount);
        await mandatory.Socket.SendAsync(Message.Of("ABC", "A"));
        await raw.ExpectAsync("00 01 41");
    }

    [Fact]
    [Spec("REQREP-43", "REQREP-49", "REQREP-50")]
    public async Task ROUTER_QueueFull_DropsAndNeverBlocksUnlessMandatory()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "DEALER", "ABC");
        byte[] filler = new byte[50_000];
        for (int i = 0; i < 100; i++)
        {
            var sending = sut.Socket.SendAsync(Message.Of("ABC").Append(filler)).AsTask();
            Assert.True(sending.IsCompletedSuccessfully);
        }

        int came = 0;
        while ((await stalled.ReadMessageAsync())[0].Length == filler.Length)
        {
            came++;
            await sut.Socket.SendAsync(Message.Of("ABC", "there is room again"));
        }

        Assert.InRange(came, Stalling.Options.SendHighWaterMark, 50);

        var options = Stalling.Options with { RouterMandatory = true, SendTimeout = TimeSpan.FromMilliseconds(50) };
        await using var mandatory = await Sut.BoundAsync(context => new RouterSocket(context, options));
        await Stalling.PeerAsync(mandatory, "DEALER", "ABC");
        await FillAsync(mandatory.Socket);
        using var refused = Message.Of("ABC", "A");
        Assert.Throws<TimeoutException>(() => mandatory.Socket.Send(refused));
    }

    [Fact]
    [Spec("REQREP-38", "REQREP-43")]
    public async Task ROUTER_OnePeerStalls_TheOthersAndTheIncomingSideDoNot()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "DEALER", "ABC");
        byte[] filler = new byte[50_000];
        for (int i = 0; i < 50; i++) await sut.Socket.SendAsync(Message.Of("ABC").Append(filler));
        await stalled.SendAsync(Octets.Hello);
        Assert.Equal("ABC,hello", await sut.Socket.NextAsync());
        var other = await sut.PeerConnectsAsync("DEALER", "XYZ");
        await sut.Socket.SendAsync(Message.Of("XYZ", "hello"));
        await other.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("REQREP-40")]
    public async Task ROUTER_BoundAndPeerLeaves_ItsIdIsUnknownAndItsQueueGone()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Stalling.Options with { RouterMandatory = true }));
        var stalled = await Stalling.PeerAsync(sut, "DEALER", "ABC");
        await FillAsync(sut.Socket);
        stalled.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        using var message = Message.Of("ABC", "A");
        await Assert.ThrowsAsync<HostUnreachableException>(async () => await sut.Socket.SendAsync(message));
        var raw = await sut.PeerConnectsAsync("DEALER", "ABC");
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync(message);
        await raw.ExpectAsync("00 01 41");
    }

    [Fact]
    [Spec("REQREP-39")]
    public async Task ROUTER_ConnectedAndPeerIsAway_MessagesForItWait()
    {
        await using var sut = Sut.Create(context => new RouterSocket(context, Sut.Quick with { RouterMandatory = true }));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "ROUTER", "ABC");
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("ABC", "1"));
        await sut.Socket.SendAsync(Message.Of("ABC", "2"));
        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "ROUTER", "ABC", settle: false);
        await raw.ExpectAsync("00 01 31  00 01 32");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("REQREP-39")]
    public async Task ROUTER_PeerComesBackUnderAnotherIdentity_TheOldOneIsUnknown()
    {
        await using var sut = Sut.Create(context => new RouterSocket(context, Sut.Quick with { RouterMandatory = true }));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "ROUTER", "ABC");
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("ABC", "for the other one"));
        raw = await sut.AcceptAsync(listener, "ROUTER", "XYZ", settle: false);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        await sut.Socket.SendAsync(Message.Of("XYZ", "A"));
        await raw.ExpectAsync("00 01 41");
        using var message = Message.Of("ABC", "A");
        await Assert.ThrowsAsync<HostUnreachableException>(async () => await sut.Socket.SendAsync(message));
    }

    [Fact]
    [Spec("REQREP-44")]
    public async Task ROUTER_ThreePeersFlood_AreHeardInTurn()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "DEALER");
    }

    [Fact]
    [Spec("REQREP-51")]
    public async Task ROUTER_IdentityInUse_NewcomerIsRefusedAndTheFirstUnharmed()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var first = await sut.PeerConnectsAsync("DEALER", "ABC");
        var second = await sut.PeerConnectsAsync("DEALER", "ABC", settle: false);
        await second.ExpectCloseAsync();
        await sut.Socket.SendAsync(Message.Of("ABC", "A"));
        await first.ExpectAsync("00 01 41");
        await first.SendAsync("00 01 42");
        Assert.Equal("ABC,B", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("REQREP-51")]
    public async Task ROUTER_IdentityInUseWithHandover_TheOldConnectionIsDropped()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick with { RouterHandover = true }));
        var first = await sut.PeerConnectsAsync("DEALER", "ABC");
        var second = await sut.PeerConnectsAsync("DEALER", "ABC");
        await first.ExpectCloseAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("ABC", "A"));
        await second.ExpectAsync("00 01 41");
        await second.SendAsync("00 01 42");
        Assert.Equal("ABC,B", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("REQREP-39")]
    public async Task ROUTER_QueueOfAnotherIdentityIsDropped_WhoWaitedForRoomHearsThatThePeerIsUnknown()
    {
        await using var sut = Sut.Create(context => new RouterSocket(context, Sut.Quick with { RouterMandatory = true, SendHighWaterMark = 1 }));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "ROUTER", "ABC");
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("ABC", "1"));
        var waiting = sut.Socket.SendAsync(Message.Of("ABC", "2"), TestTimeout.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "ROUTER", "XYZ");
        await Assert.ThrowsAsync<HostUnreachableException>(() => waiting.WithinAsync());
        await raw.ExpectOpenAsync();
    }

    /// <summary>Its address comes in front, and the rest stays where it is.</summary>
    [Fact]
    public async Task ROUTER_LargeMessageOverInproc_ChangesHands()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        await Join.ToAsync(router, dealer, "inproc");
        var sent = Message.Of("small").Append(new byte[64 * 1024]);
        Assert.True(MemoryMarshal.TryGetArray(sent[1], out var memory));

        dealer.Send(sent);

        using var received = router.Receive(TestTimeout.Default);
        Assert.Equal(3, received.FrameCount);
        Assert.Equal("small", received.AsString(1));
        Assert.True(MemoryMarshal.TryGetArray(received[2], out var arrived));
        Assert.Same(memory.Array, arrived.Array);
        Assert.Equal(64 * 1024, arrived.Count);
    }

    /// <summary>Fills the queue of the peer "ABC".</summary>
    private static Task<int> FillAsync(RouterSocket socket) => Stalling.FillAsync(frame =>
    {
        var message = Message.Of("ABC").Append(frame);
        if (socket.TrySend(message)) return true;
        message.Dispose();
        return false;
    });
}
