using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Curve;

/// <summary>MESSAGE on real connections, with our socket as the server and as the client.</summary>
public sealed class CurveTrafficTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-62", "CURVE-63", "CURVE-68", "CURVE-69", "CURVE-70")]
    public async Task CURVE_FramesSent_AreMessagesWithTheFlagsInsideTheBox(bool isServer)
    {
        await using var sut = await OpenAsync(isServer);
        var (dealer, raw) = (sut.Socket, await ShakeHandsAsync(sut, isServer));

        await dealer.SendAsync(Message.Of(new byte[222], new byte[223], default, "hello"u8.ToArray()));

        (string Header, byte Flags, int Length)[] expected =
        [
            ("00 FF 07 4D 45 53 53 41 47 45", 0x01, 222),
            ("02 00 00 00 00 00 00 01 00 07 4D 45 53 53 41 47 45", 0x01, 223),
            ("00 21 07 4D 45 53 53 41 47 45", 0x01, 0),
            ("00 26 07 4D 45 53 53 41 47 45", 0x00, 5),
        ];
        foreach (var (header, flags, length) in expected)
        {
            var head = Octets.Hex(header);
            await raw.Peer.ExpectAsync(head);
            var body = Octets.Join(head[^8..], await raw.Peer.ReadAsync(33 + length - 8));
            var (innerFlags, payload) = isServer ? raw.Client.OpenMessage(body) : raw.Server.OpenMessage(body);
            Assert.Equal((flags, length), (innerFlags, payload.Length));
        }
    }

    [Theory]
    [InlineData(true, 0x00, 5)]
    [InlineData(true, 0x02, 300)]
    [InlineData(true, 0x04, 5)]
    [InlineData(true, 0x06, 300)]
    [InlineData(false, 0x00, 5)]
    [InlineData(false, 0x02, 300)]
    [InlineData(false, 0x04, 5)]
    [InlineData(false, 0x06, 300)]
    [InlineData(true, 0x00, 0)]
    [InlineData(false, 0x00, 0)]
    [Spec("CURVE-68", "CURVE-69")]
    public async Task CURVE_MessageUnderEachOuterFlagsOctet_IsDelivered(bool isServer, byte outer, int length)
    {
        await using var sut = await OpenAsync(isServer);
        var raw = await ShakeHandsAsync(sut, isServer);

        await raw.Peer.SendAsync(Octets.WithHeader(outer, raw.Message(0x00, new byte[length])));

        Assert.Equal(length, Assert.Single(await sut.Socket.NextFramesAsync()).Length);
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData(true, "04 07 04 50 49 4E 47 00 00")] // PING
    [InlineData(false, "04 07 04 50 49 4E 47 00 00")]
    [InlineData(true, "00 01 41")] // a message
    [InlineData(false, "00 01 41")]
    [InlineData(true, "00 00")]
    [InlineData(false, "00 00")]
    [InlineData(true, "04 0A 05 45 52 52 4F 52 03 34 30 30")] // ERROR
    [InlineData(false, "04 0A 05 45 52 52 4F 52 03 34 30 30")]
    [InlineData(true, "04 06 05 52 45 41 44 59")] // READY
    [InlineData(false, "04 06 05 52 45 41 44 59")]
    [InlineData(true, "04 0A 09 53 55 42 53 43 52 49 42 45")] // SUBSCRIBE
    [Spec("CURVE-48", "CURVE-59", "CURVE-65", "CURVE-67")]
    public async Task CURVE_ClearTextAfterReady_IsClosedWithoutAnAnswer(bool isServer, string clear)
    {
        await using var sut = await OpenAsync(isServer);
        var raw = await ShakeHandsAsync(sut, isServer);

        await raw.Peer.SendAsync(clear);

        await raw.Peer.ExpectCloseAsync();
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-51", "CURVE-54", "CURVE-65")]
    [Lesson("T2")]
    public async Task CURVE_MessageSentTwice_IsDeliveredOnceAndClosed(bool isServer)
    {
        await using var sut = await OpenAsync(isServer);
        var raw = await ShakeHandsAsync(sut, isServer);
        var message = Octets.WithHeader(0x00, raw.Message(0x00, "hello"u8.ToArray()));

        await raw.Peer.SendAsync(message, message);

        await raw.Peer.ExpectCloseAsync();
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-60")]
    public async Task CURVE_OwnMessageReflected_IsClosed(bool isServer)
    {
        await using var sut = await OpenAsync(isServer);
        var raw = await ShakeHandsAsync(sut, isServer);

        // The last of several: its number is larger than any that the peer has used, so it is the nonce's prefix alone that refuses it.
        for (var i = 0; i < 3; i++) await sut.Socket.SendAsync("hello");
        await raw.Peer.ReadFrameAsync();
        await raw.Peer.ReadFrameAsync();
        var frame = await raw.Peer.ReadFrameAsync();

        await raw.Peer.SendAsync(Octets.WithHeader(frame.Flags, frame.Body));

        await raw.Peer.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.Cryptographic, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-64", "CURVE-65")]
    public async Task CURVE_EachOctetOfAMessageChangedInTurn_IsClosedAndNothingIsDelivered(bool isServer)
    {
        const int Length = 34;
        await using var sut = await OpenAsync(isServer);
        for (var i = 0; i < Length; i++)
        {
            var raw = await ShakeHandsAsync(sut, isServer);
            var body = raw.Message(0x00, "A"u8.ToArray());
            Assert.Equal(Length, body.Length);
            body[i] ^= 0x80;

            await raw.Peer.SendAsync(Octets.WithHeader(0x00, body));

            await raw.Peer.ExpectCloseAsync();
            await raw.DisposeAsync();
        }

        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("CURVE-66", "CURVE-62")]
    public async Task CURVE_PingInsideAMessage_IsAnsweredInsideAMessage(bool isServer)
    {
        await using var sut = await OpenAsync(isServer);
        var raw = await ShakeHandsAsync(sut, isServer);

        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData(1, "02", "09 53 55 42 53 43 52 49 42 45 41")]
    [InlineData(0, "00", "01 41")]
    [Spec("CURVE-66")]
    public async Task CURVE_Subscription_TravelsInsideAMessage(byte minor, string flags, string payload)
    {
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick with { Security = TestSecurity.Client("CURVE") }));
        sut.Socket.Subscribe("A");
        var raw = sut.Keep(await RawCurvePeer.HandshakeAsServerAsync(
            await sut.RawListensAsync(), CurveKeys.TestServer, "PUB", minor: minor));

        var (innerFlags, content) = await raw.ReceiveAsync();

        Assert.Equal((flags, payload), (Octets.ToHex([innerFlags]), Octets.ToHex(content)));
    }

    /// <summary>Above 222 octets inside, MESSAGE is long: of SUBSCRIBE from a topic of 213 octets on, of CANCEL from 216, in the form of 3.0 from 222.</summary>
    [Theory]
    [InlineData(1, 212, false, false)]
    [InlineData(1, 213, true, false)]
    [InlineData(1, 215, true, false)]
    [InlineData(1, 216, true, true)]
    [InlineData(1, 300, true, true)]
    [InlineData(0, 221, false, false)]
    [InlineData(0, 222, true, true)]
    [InlineData(0, 300, true, true)]
    [Spec("CURVE-66", "CURVE-70", "ZMTP31-25")]
    public async Task CURVE_SubscriptionToALongTopic_HasTheHeaderOfItsLength(byte minor, int length, bool subscribeIsLong, bool cancelIsLong)
    {
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick with { Security = TestSecurity.Client("CURVE") }));
        var raw = sut.Keep(await RawCurvePeer.HandshakeAsServerAsync(
            await sut.RawListensAsync(), CurveKeys.TestServer, "PUB", minor: minor));
        var topic = Topic(length);

        sut.Socket.Subscribe(topic);
        await ExpectAsync(subscribeIsLong, Subscription(minor, topic, isCancel: false));
        sut.Socket.Unsubscribe(topic);
        await ExpectAsync(cancelIsLong, Subscription(minor, topic, isCancel: true));

        async Task ExpectAsync(bool isLong, (byte Flags, byte[] Content) inside)
        {
            var frame = await raw.Peer.ReadFrameAsync();
            var (flags, content) = raw.Server.OpenMessage(frame.Body);
            Assert.Equal(isLong ? 0x02 : 0x00, frame.Flags);
            Assert.Equal(inside.Flags, flags);
            Assert.Equal(Octets.ToHex(inside.Content), Octets.ToHex(content));
        }
    }

    [Theory]
    [InlineData(1, 212)]
    [InlineData(1, 213)]
    [InlineData(1, 216)]
    [InlineData(1, 300)]
    [InlineData(0, 221)]
    [InlineData(0, 222)]
    [InlineData(0, 300)]
    [Spec("CURVE-66", "CURVE-70", "ZMTP31-25")]
    public async Task CURVE_SubscriptionToALongTopicFromAPeer_IsPublishedToUntilItIsTakenBack(byte minor, int length)
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick with { Security = TestSecurity.Server("CURVE") }));
        var raw = sut.Keep(await RawCurvePeer.HandshakeAsClientAsync(
            await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public, "SUB", minor: minor));
        var topic = Topic(length);

        await SendAsync(topic, isCancel: false);
        await SendAsync("end"u8.ToArray(), isCancel: false);
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync(Topic(length - 1));
        await sut.Socket.SendAsync(topic);
        Assert.Equal(topic, Assert.Single(await raw.ReceiveMessageAsync()));

        await SendAsync(topic, isCancel: true);
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync(topic);
        await sut.Socket.SendAsync("end"u8.ToArray());
        Assert.Equal("end"u8.ToArray(), Assert.Single(await raw.ReceiveMessageAsync()));

        Task SendAsync(byte[] about, bool isCancel)
        {
            var (flags, content) = Subscription(minor, about, isCancel);
            return raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(flags, content)));
        }
    }

    private static byte[] Topic(int length) => Octets.Text(new string('t', length));

    /// <summary>The flags and the content inside the box: a command for a peer of 3.1, a message for one of 3.0.</summary>
    private static (byte Flags, byte[] Content) Subscription(byte minor, byte[] topic, bool isCancel) => minor == 0
        ? ((byte)0x00, Octets.Join([(byte)(isCancel ? 0x00 : 0x01)], topic))
        : ((byte)0x02, Octets.CommandBody(isCancel ? "CANCEL" : "SUBSCRIBE", topic));

    private static async Task<Sut<DealerSocket>> OpenAsync(bool isServer)
    {
        var options = isServer ? TestServers.Asking("CURVE") : Sut.Quick with { Security = TestSecurity.Client("CURVE") };
        var sut = await Sut.BoundAsync(context => new DealerSocket(context, options));
        sut.Context.Use(FixedVerdict.Success);
        return sut;
    }

    private static async Task<RawCurvePeer> ShakeHandsAsync(Sut<DealerSocket> sut, bool isServer)
    {
        var peer = await sut.RawConnectsAsync();
        return sut.Keep(isServer
            ? await RawCurvePeer.HandshakeAsClientAsync(peer, CurveKeys.TestClient, CurveKeys.TestServer.Public, "DEALER")
            : await RawCurvePeer.HandshakeAsServerAsync(peer, CurveKeys.TestServer, "DEALER"));
    }
}
