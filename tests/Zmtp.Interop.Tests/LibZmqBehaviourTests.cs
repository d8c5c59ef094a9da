using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>
/// What this library's decisions assume of libzmq 4.3, shown on libzmq itself by a scripted peer. Where a newer libzmq changes one of
/// these, the test fails and the decision can be looked at again.
/// </summary>
public sealed class LibZmqBehaviourTests
{
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task LIBZMQ_SilentPeer_IsSentTenOctets()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Pull).Bind());

        await peer.ExpectAsync("FF 00 00 00 00 00 00 00 01 7F");

        await peer.ExpectNothingAsync(Watch);
    }

    [Fact]
    public async Task LIBZMQ_PeerThatSentASignature_IsSentTheMajorVersionOnly()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Pull).Bind());

        await peer.SendAsync("FF 00 00 00 00 00 00 00 00 7F");

        await peer.ExpectAsync("FF 00 00 00 00 00 00 00 01 7F 03");
        await peer.ExpectNothingAsync(Watch);
    }

    [Fact]
    public async Task LIBZMQ_CurveServer_AnnouncesAsServerZero()
    {
        using var context = new LibZmqContext();
        var server = context.Socket(LibZmqSocketType.Pull).CurveServer(LibZmqKeys.TestServer);
        await using var peer = await RawPeer.ConnectAsync(server.Bind());

        byte[] greeting = await peer.ExchangeGreetingsAsync(Octets.Greeting31("CURVE"));

        Assert.Equal("43 55 52 56 45 00", Octets.ToHex(greeting.AsSpan(12, 6)));
        Assert.Equal(0x00, greeting[32]);
    }

    [Since433Fact]
    public async Task LIBZMQ_CurveMessageWithOuterCommandFlag_IsLost()
    {
        using var context = new LibZmqContext();
        var server = context.Socket(LibZmqSocketType.Pull).CurveServer(LibZmqKeys.TestServer);
        var raw = await RawPeer.ConnectAsync(server.Bind());
        await using var client = await RawCurvePeer.HandshakeAsClientAsync(
            raw, CurveKeys.TestClient, CurveKeys.TestServer.Public, "PUSH");

        await raw.SendAsync(Octets.WithHeader(0x04, client.Message(0x00, Octets.Text("lost"))));
        await raw.SendAsync(Octets.WithHeader(0x00, client.Message(0x00, Octets.Text("delivered"))));

        Assert.Equal(["delivered"], await server.ReceiveTextAsync());
        Assert.False(await server.HasMessageWithinAsync(Watch));
    }

    [Fact]
    public async Task LIBZMQ_PingWithTtlAbove65Seconds_WrapsAndDisconnectsAtOnce()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Dealer).Bind());
        await peer.Handshake31Async("DEALER");

        await peer.SendAsync(Octets.PingWith(656, []));

        await peer.ExpectAsync(Octets.Pong);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task LIBZMQ_PingWithTtlOf65Seconds_KeepsTheConnection()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Dealer).Bind());
        await peer.Handshake31Async("DEALER");

        await peer.SendAsync(Octets.PingWith(655, []));

        await peer.ExpectAsync(Octets.Pong);
        await peer.ExpectNothingAsync(Watch);
        await peer.ExpectOpenAsync();
    }

    [Fact]
    public async Task LIBZMQ_PubSubscribedTwiceCancelledOnce_SendsNothing()
    {
        using var context = new LibZmqContext();
        var pub = context.Socket(LibZmqSocketType.XPub);
        await using var peer = await RawPeer.ConnectAsync(pub.Bind());
        await peer.Handshake31Async("SUB");

        await peer.SendAsync(Octets.SubscribeA + Octets.SubscribeA + Octets.CancelA);
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
        pub.Send("A1");

        await peer.ExpectNothingAsync(Watch);
    }

    /// <summary>It takes a CANCEL too many for the end of the topic, whoever else has it.</summary>
    [Fact]
    public async Task LIBZMQ_XPubCancelledTwice_TellsItsApplicationThoughAnotherHasTheTopic()
    {
        using var context = new LibZmqContext();
        var pub = context.Socket(LibZmqSocketType.XPub);
        string endpoint = pub.Bind();
        await using var one = await RawPeer.ConnectAsync(endpoint);
        await using var other = await RawPeer.ConnectAsync(endpoint);
        await one.Handshake31Async("XSUB");
        await other.Handshake31Async("SUB");
        await other.SendAsync(Octets.LegacySubscribeA);
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());

        await one.SendAsync(Octets.LegacySubscribeA + Octets.LegacySubscribeA + Octets.LegacyCancelA + Octets.LegacyCancelA);

        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
    }

    [Fact]
    public async Task LIBZMQ_Unsubscribed_DropsWhatIsQueuedToo()
    {
        using var context = new LibZmqContext();
        var pub = context.Socket(LibZmqSocketType.XPub);
        var sub = context.Socket(LibZmqSocketType.Sub);
        var endpoint = pub.Bind("inproc://news");
        sub.Connect(endpoint);
        foreach (var topic in new[] { "a", "b" })
        {
            sub.Set(LibZmqOption.Subscribe, topic);
            Assert.Equal(["\u0001" + topic], await pub.ReceiveTextAsync());
        }

        foreach (var text in new[] { "a1", "a2", "b1" }) pub.Send(text);
        sub.Set(LibZmqOption.Unsubscribe, "a");

        Assert.Equal(["b1"], await sub.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:*", false)]
    [InlineData("inproc://news", true)]
    public async Task LIBZMQ_ConnectsToTheSameEndpointAgain_IsOneConnectionExceptOverInproc(string text, bool receivesTwice)
    {
        using var context = new LibZmqContext();
        var pub = context.Socket(LibZmqSocketType.XPub);
        var sub = context.Socket(LibZmqSocketType.Sub);
        var endpoint = pub.Bind(text);
        sub.Connect(endpoint);
        sub.Connect(endpoint);
        sub.Set(LibZmqOption.Subscribe, "a");
        Assert.Equal(["\u0001a"], await pub.ReceiveTextAsync());
        pub.Send("a1");

        Assert.Equal(["a1"], await sub.ReceiveTextAsync());
        Assert.Equal(receivesTwice, await sub.HasMessageWithinAsync(Watch));
    }

    [Since433Fact]
    public async Task LIBZMQ_SubscribeOfA250OctetTopic_IsFlaggedShortButSizedLongBefore435()
    {
        string flags = LibZmqContext.Version < new Version(4, 3, 5) ? "04" : "06";
        using var context = new LibZmqContext();
        var sub = context.Socket(LibZmqSocketType.Sub);
        await using var listener = RawListener.Open();
        sub.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PUB");

        sub.Set(LibZmqOption.Subscribe, new string('t', 250));

        await peer.ExpectAsync(flags + " 00 00 00 00 00 00 01 04 09 53 55 42 53 43 52 49 42 45 74");
    }

    [Since433Fact]
    public async Task LIBZMQ_PlainRefusedWith300_ClosesWithoutAFrame()
    {
        using var context = new LibZmqContext();
        using var handler = LibZmqZapHandler.Answering(context, "300");
        var server = context.Socket(LibZmqSocketType.Pull).PlainServer("global").Set(LibZmqOption.HandshakeInterval, 1500);
        await using var peer = await RawPeer.ConnectAsync(server.Bind());
        await peer.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));

        await peer.SendAsync(Octets.PlainHello);

        // Mostly at its handshake timer, seldom at once: when is a race inside libzmq. No ERROR goes out either way.
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task LIBZMQ_SocketTypePropertyInLowerCase_IsNotChecked()
    {
        using var context = new LibZmqContext();
        var pull = context.Socket(LibZmqSocketType.Pull);
        await using var peer = await RawPeer.ConnectAsync(pull.Bind());
        await peer.ExchangeGreetingsAsync(Octets.Greeting31());

        await peer.SendAsync(Octets.Command("READY", Octets.Property("socket-type", Octets.Text("PUB"))));
        await peer.ReadCommandAsync("READY");
        await peer.SendAsync(Octets.Hello);

        Assert.Equal(["hello"], await pull.ReceiveTextAsync());
    }

    [Fact]
    public async Task LIBZMQ_RouterPeerWithIdentityThatBeginsWithZero_IsAccepted()
    {
        using var context = new LibZmqContext();
        var router = context.Socket(LibZmqSocketType.Router);
        await using var peer = await RawPeer.ConnectAsync(router.Bind());
        await peer.Handshake31Async("DEALER", "\u0000\u0001\u0002\u0003\u0004");

        await peer.SendAsync(Octets.Hello);

        var message = await router.ReceiveAsync();
        Assert.Equal("00 01 02 03 04", Octets.ToHex(message.Frames[0]));
    }

    [Fact]
    public async Task LIBZMQ_IncompatibleSocketType_IsClosedWithoutError()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Rep).Bind());
        await peer.ExchangeGreetingsAsync(Octets.Greeting31());

        await peer.SendAsync(Octets.Ready("REP"));

        await peer.ReadCommandAsync("READY");
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task LIBZMQ_CurveServerWithoutZapHandler_LetsEveryKeyIn()
    {
        using var context = new LibZmqContext();
        var server = context.Socket(LibZmqSocketType.Pull).CurveServer(LibZmqKeys.TestServer, "global");
        var raw = await RawPeer.ConnectAsync(server.Bind());
        await using var client = await RawCurvePeer.HandshakeAsClientAsync(
            raw, CurveKeys.Generate(), CurveKeys.TestServer.Public, "PUSH");

        await client.SendMessageAsync("hello");

        Assert.Equal(["hello"], await server.ReceiveTextAsync());
    }

    [Fact]
    public async Task LIBZMQ_CurveVouchForAnotherServerKey_IsAccepted()
    {
        using var context = new LibZmqContext();
        var server = context.Socket(LibZmqSocketType.Pull).CurveServer(LibZmqKeys.TestServer);
        var raw = await RawPeer.ConnectAsync(server.Bind());
        await using var client = RawCurvePeer.AsClient(raw, CurveKeys.TestClient, CurveKeys.TestServer.Public);
        await client.SendGreetingAsync();
        await raw.SendAsync(Octets.WithHeader(0x04, client.Client.Hello()));
        client.Client.OpenWelcome((await raw.ReadCommandAsync("WELCOME")).Body);

        byte[] initiate = client.Client.Initiate(Octets.Metadata("PUSH"), i => i.VouchedServerKey = CurveKeys.TestClient.Public);
        await raw.SendAsync(Octets.WithHeader(0x04, initiate));

        client.Client.OpenReady((await raw.ReadCommandAsync("READY")).Body);
    }

    [Fact]
    public async Task LIBZMQ_PingContextOf17Octets_IsTruncatedTo16()
    {
        using var context = new LibZmqContext();
        await using var peer = await RawPeer.ConnectAsync(context.Socket(LibZmqSocketType.Dealer).Bind());
        await peer.Handshake31Async("DEALER");

        await peer.SendAsync(Octets.PingWith(0, Octets.Text("0123456789ABCDEFG")));

        await peer.ExpectAsync(Octets.PongWith(Octets.Text("0123456789ABCDEF")));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("joe", false)]
    public async Task LIBZMQ_ReqServerWithUserId_NeverGetsItsReply(string userId, bool getsIt)
    {
        using var context = new LibZmqContext();
        using var handler = LibZmqZapHandler.Answering(context, "200", userId);
        var req = context.Socket(LibZmqSocketType.Req).PlainServer("global");
        var rep = context.Socket(LibZmqSocketType.Rep).PlainClient("joe", "secret");
        rep.Connect(req.Bind());

        req.Send("question");
        Assert.Equal(["question"], await rep.ReceiveTextAsync());
        rep.Send("answer");

        Assert.Equal(getsIt, await req.HasMessageWithinAsync(getsIt ? TestTimeout.Default : Watch));
    }

    [Fact]
    public async Task LIBZMQ_PlainServersError_LacksItsName()
    {
        using var context = new LibZmqContext();
        using var handler = LibZmqZapHandler.Answering(context, "400");
        var server = context.Socket(LibZmqSocketType.Pull).PlainServer("global");
        await using var peer = await RawPeer.ConnectAsync(server.Bind());
        await peer.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));

        await peer.SendAsync(Octets.PlainHello);

        await peer.ExpectAsync("04 09 5E 52 52 4F 52 03 34 30 30");
    }

    [Fact]
    public async Task LIBZMQ_PlainClient_DoesNotUnderstandTheRightError()
    {
        using var context = new LibZmqContext();
        var client = context.Socket(LibZmqSocketType.Push).PlainClient("admin", "secret");
        using var monitor = client.Monitor();
        await using var listener = RawListener.Open();
        client.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await peer.ExpectAsync(Octets.PlainHello);

        await peer.SendAsync(Octets.Error400);

        Assert.Equal(0x1000_0001u, await monitor.WaitForAsync(LibZmqEvent.HandshakeFailedProtocol));
        await peer.ExpectCloseAsync();
        await listener.ExpectNoConnectionAsync(Watch);
    }
}
