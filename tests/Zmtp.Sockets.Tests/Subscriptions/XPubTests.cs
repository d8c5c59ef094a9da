using System.Globalization;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>XPUB towards scripted subscribers: what its application receives, and what reaches the wire.</summary>
public class XPubTests
{
    [Theory]
    [InlineData(1, Octets.SubscribeA, Octets.CancelA)]
    [InlineData(1, Octets.LegacySubscribeA, Octets.LegacyCancelA)]
    [InlineData(0, Octets.LegacySubscribeA, Octets.LegacyCancelA)]
    [Spec("PUBSUB-20", "PUBSUB-21", "PUBSUB-26", "PUBSUB-27")]
    public async Task XPUB_PeerSubscribesAndCancels_ApplicationReceivesBothAndOnlyWhatWasAskedForIsSent(int minor, string subscribe, string cancel)
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB", minor: minor);
        await raw.SendAsync(subscribe);
        await ExpectAsync(sut.Socket, "01 41", "SUB");
        await sut.Socket.SendAsync("B1");
        await sut.Socket.SendAsync(Message.Of("A1", "", "B"));
        await raw.ExpectAsync("01 02 41 31  01 00  00 01 42");

        await raw.SendAsync(cancel);
        await ExpectAsync(sut.Socket, "00 41", "SUB");
        await sut.Socket.SendAsync("A2");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-27")]
    public async Task XPUB_EmptyAndBinaryTopic_AreReceivedAsTheyAre()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await raw.SendAsync(Octets.SubscribeAll + "04 0C 09 53 55 42 53 43 52 49 42 45 00 FF");
        await ExpectAsync(sut.Socket, "01");
        await ExpectAsync(sut.Socket, "01 00 FF");
    }

    [Fact]
    [Spec("PUBSUB-15", "PUBSUB-25")]
    public async Task XPUB_XSubSendsMessages_AreReceivedInOrderWithItsSubscriptions()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XSUB");
        await raw.SendAsync("00 01 61" + Octets.SubscribeA + "00 02 02 41  00 00  01 02 01 41 00 01 42" + Octets.CancelA);
        await ExpectAsync(sut.Socket, "61", "XSUB");
        await ExpectAsync(sut.Socket, "01 41");
        await ExpectAsync(sut.Socket, "02 41");
        await ExpectAsync(sut.Socket, "");
        using (var message = await sut.Socket.ReceiveAsync().WithinAsync())
        {
            Assert.Equal(["\u0001A", "B"], Pairing.Frames(message));
            Assert.False(XPubSocket.TryReadSubscription(message, out _, out _));
        }

        await ExpectAsync(sut.Socket, "00 41");
    }

    [Fact]
    [Spec("PUBSUB-28")]
    public async Task XPUB_TwoPeersSubscribe_ApplicationHearsOfTheFirstAndOfTheLastToLeave()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var (one, other) = (await sut.PeerConnectsAsync("SUB"), await sut.PeerConnectsAsync("SUB"));
        await SendAsync(one, Octets.SubscribeA);
        await SendAsync(other, Octets.SubscribeA);
        await SendAsync(one, Octets.CancelA);
        await SendAsync(other, Octets.CancelA);
        await ExpectAsync(sut.Socket, "01 41");
        await ExpectAsync(sut.Socket, "00 41");
        await SendAsync(other, Octets.SubscribeAll);
        await ExpectAsync(sut.Socket, "01");
    }

    [Theory]
    [InlineData(false, false, "01", "00")]
    [InlineData(true, false, "01 01 01", "00")]
    [InlineData(true, true, "00 01 01 01", "00 00")]
    [InlineData(false, true, "00 01 01 01", "00 00")]
    [Spec("PUBSUB-28")]
    public async Task XPUB_SameTopicAgain_IsShownAsTheSettingsSay(bool verbose, bool verboser, string begun, string ended)
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick with { XPubVerbose = verbose, XPubVerboser = verboser }));
        var (one, other) = (await sut.PeerConnectsAsync("SUB"), await sut.PeerConnectsAsync("SUB"));
        await SendAsync(one, Octets.SubscribeA + Octets.SubscribeA);
        await SendAsync(other, Octets.SubscribeA);
        Assert.Equal(begun, await ShownAsync(sut.Socket, begun));
        await SendAsync(one, Octets.CancelA + Octets.CancelA + Octets.CancelA);
        await SendAsync(other, Octets.CancelA);
        Assert.Equal(ended, await ShownAsync(sut.Socket, ended));
        await SendAsync(other, Octets.SubscribeAll);
        await ExpectAsync(sut.Socket, "01");
    }

    /// <summary>libzmq's and NetMQ's XSUB pass on each SUBSCRIBE and take all of them back with one CANCEL.</summary>
    [Fact]
    [Spec("PUBSUB-28")]
    public async Task XPUB_XSubSubscribesTwiceAndCancelsOnce_TheTopicHasEnded()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XSUB");
        await SendAsync(raw, Octets.SubscribeA + Octets.SubscribeA + Octets.CancelA);
        await ExpectAsync(sut.Socket, "01 41");
        await ExpectAsync(sut.Socket, "00 41");
        await sut.Socket.SendAsync("A1");
        await raw.ExpectOpenAsync();
        await sut.Socket.ExpectNoTopicsAsync();
    }

    /// <summary>Whoever receives late must not believe a topic gone that one of the peers still wants, in whatever order their queues are taken.</summary>
    [Fact]
    [Spec("PUBSUB-27", "PUBSUB-29")]
    public async Task XPUB_ReceivedLate_TheLastThatIsHeardOfATopicIsTrue()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var peers = new List<RawPeer>();
        for (var i = 0; i < 5; i++) peers.Add(await sut.PeerConnectsAsync("SUB"));
        foreach (var peer in peers) await SendAsync(peer, Octets.SubscribeA);
        foreach (var peer in peers.Skip(1)) await SendAsync(peer, Octets.CancelA);
        for (var i = 0; i < 4; i++) await SendAsync(peers[0], Octets.CancelA + Octets.SubscribeA);
        await SendAsync(peers[0], Octets.SubscribeAll);

        var known = false;
        while (true)
        {
            using var message = await sut.Socket.ReceiveAsync().WithinAsync();
            Assert.True(XPubSocket.TryReadSubscription(message, out var subscribe, out var topic));
            if (topic.IsEmpty) break;
            Assert.NotEqual(known, subscribe);
            known = subscribe;
        }

        // Its queue is empty now, and those of the others may hold what tells nothing new.
        while (sut.Socket.TryReceive(out var message))
        {
            Assert.True(XPubSocket.TryReadSubscription(message, out var subscribe, out _));
            known = subscribe;
            message.Dispose();
        }

        Assert.True(known);
    }

    [Fact]
    [Spec("PUBSUB-29", "PUBSUB-18")]
    public async Task XPUB_BoundAndSubscribersLeave_EachTopicEndsWithItsLast()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var (one, other) = (await sut.PeerConnectsAsync("SUB"), await sut.PeerConnectsAsync("SUB"));
        await SendAsync(one, Octets.SubscribeA + Octets.SubscribeA + Octets.SubscribeAll);
        await SendAsync(other, Octets.SubscribeA);
        await ExpectAsync(sut.Socket, "01 41");
        await ExpectAsync(sut.Socket, "01");
        one.Reset();
        await ExpectAsync(sut.Socket, "00");
        Assert.False(sut.Socket.TryReceive(out _));
        other.Reset();
        await ExpectAsync(sut.Socket, "00 41", "SUB");
        await sut.Socket.ExpectNoTopicsAsync();
    }

    [Fact]
    [Spec("PUBSUB-17", "PUBSUB-29")]
    public async Task XPUB_ConnectedToSubscriberThatComesBack_KeepsWhatItHadUntilThen()
    {
        await using var sut = Sut.Create(context => new XPubSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "SUB");
        await SendAsync(raw, Octets.SubscribeA);
        await ExpectAsync(sut.Socket, "01 41");
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        for (var i = 0; i < 3; i++) await sut.Socket.SendAsync($"A{i}");
        Assert.False(sut.Socket.TryReceive(out _));

        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "SUB", settle: false);
        await raw.ExpectAsync("00 02 41 30  00 02 41 31  00 02 41 32");
        await ExpectAsync(sut.Socket, "00 41");
        await SendAsync(raw, Octets.SubscribeA);
        await ExpectAsync(sut.Socket, "01 41");
        await sut.Socket.DisconnectAsync(listener.Endpoint);
        await ExpectAsync(sut.Socket, "00 41");
    }

    [Fact]
    [Spec("PUBSUB-18")]
    public async Task XPUB_BoundAndSubscriberLeaves_ItsQueueGoesWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "SUB");
        await SendAsync(stalled, Octets.SubscribeA);
        byte[] body = [(byte)'A', .. new byte[64 * 1024]];
        for (var i = 0; i < 200; i++) Assert.True(sut.Socket.TrySend(body));
        stalled.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await ExpectAsync(sut.Socket, "01 41");
        await ExpectAsync(sut.Socket, "00 41");
        await sut.Socket.SendAsync("A1");

        var next = await sut.PeerConnectsAsync("SUB");
        await SendAsync(next, Octets.SubscribeA);
        await sut.Socket.SendAsync("A2");
        await next.ExpectAsync("00 02 41 32");
        await next.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-16", "PUBSUB-19", "PUBSUB-22", "PUBSUB-23")]
    public async Task XPUB_SubscriberStalls_SendsReturnAtOnceItMissesWholeMessagesAndIsHeard()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "SUB");
        await SendAsync(stalled, Octets.SubscribeAll);
        var body = new byte[64 * 1024];
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < 200; i++) sut.Socket.Send(body);
        }).WithinAsync();

        // The one direction does not wait for the other.
        await ExpectAsync(sut.Socket, "01");
        await stalled.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());

        var came = 0;
        while ((await stalled.ReadMessageAsync())[0].Length == body.Length)
        {
            came++;
            sut.Socket.Send("there is room again");
        }

        Assert.InRange(came, Stalling.Options.SendHighWaterMark, 50);
    }

    [Fact]
    [Spec("PUBSUB-24")]
    public async Task XPUB_ThreeXSubsFlood_TheyTakeTurns()
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "XSUB");
    }

    /// <summary>So many notices as expected of the topic A: peers take turns, so in no order.</summary>
    private static async Task<string> ShownAsync(XPubSocket socket, string expected)
    {
        var shown = new List<string>();
        while (shown.Count < expected.Split(' ').Length)
        {
            using var message = await socket.ReceiveAsync().WithinAsync();
            Assert.Equal((byte)'A', message.Span[1]);
            shown.Add(message.Span[0].ToString("X2", CultureInfo.InvariantCulture));
        }

        return string.Join(' ', shown.Order());
    }

    private static async Task ExpectAsync(XPubSocket socket, string octets, string? peer = null)
    {
        using var message = await socket.ReceiveAsync().WithinAsync();
        Assert.Equal(1, message.FrameCount);
        Assert.Equal(Octets.Hex(octets), message.Span.ToArray());
        if (peer is not null) Assert.Equal(peer, SocketTypes.ToToken(message.Peer!.SocketType));
        if (!XPubSocket.TryReadSubscription(message, out var subscribe, out var topic)) return;
        Assert.Equal(octets.StartsWith("01", StringComparison.Ordinal), subscribe);
        Assert.Equal(Octets.Hex(octets)[1..], topic.ToArray());
    }

    /// <summary>Sends and waits until it may be received: a PONG may leave within the read, whose messages are shown at its end, so the second tells.</summary>
    private static async Task SendAsync(RawPeer raw, string hex)
    {
        await raw.SendAsync(hex);
        await raw.ExpectOpenAsync();
        await raw.ExpectOpenAsync();
    }
}
