using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Behaviour;

/// <summary>Binding, connecting, losing the connection and coming back (RFC 23, "Socket Semantics").</summary>
public class ConnectionTests
{
    [Theory]
    [InlineData(SocketType.Req, "REP")]
    [InlineData(SocketType.Rep, "REQ")]
    [InlineData(SocketType.Dealer, "ROUTER")]
    [InlineData(SocketType.Router, "DEALER")]
    [InlineData(SocketType.Pub, "SUB")]
    [InlineData(SocketType.Sub, "PUB")]
    [InlineData(SocketType.XPub, "XSUB")]
    [InlineData(SocketType.XSub, "XPUB")]
    [InlineData(SocketType.Push, "PULL")]
    [InlineData(SocketType.Pull, "PUSH")]
    [InlineData(SocketType.Pair, "PAIR")]
    [Spec("ZMTP30-72")]
    public async Task SOCKET_OfEveryType_BindsAndConnects(SocketType type, string peer)
    {
        await using var bound = await Sut.BoundAsync(context => Sut.Socket(context, type));
        await bound.PeerConnectsAsync(peer);
        await using var connected = Sut.Create(context => Sut.Socket(context, type));
        await connected.PeerListensAsync(peer);
        Assert.True((await bound.Socket.WaitForPeerAsync(TestTimeout.Default)).IsIncoming);
        Assert.False((await connected.Socket.WaitForPeerAsync(TestTimeout.Default)).IsIncoming);
        if (type == SocketType.Pair) return;

        await bound.PeerListensAsync(peer);
        await connected.BindAsync();
        await connected.PeerConnectsAsync(peer);
        Assert.Equal(2, bound.Socket.PeerCount);
        Assert.Equal(2, connected.Socket.PeerCount);
    }

    [Fact]
    [Spec("ZMTP30-73")]
    public async Task CONNECT_NobodyListens_ReturnsAtOnceAndComesUpLater()
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        var listener = sut.Keep(RawListener.Reserve());
        Assert.True(sut.Socket.ConnectAsync(listener.Endpoint).AsTask().IsCompletedSuccessfully);
        await sut.Events.NextAsync(SocketEventKind.ConnectRetried);
        await sut.Events.NextAsync(SocketEventKind.ConnectRetried);
        listener.Listen();
        await sut.AcceptAsync(listener, "ROUTER");
        Assert.Equal(1, sut.Socket.PeerCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZMTP30-74", "ZMTP30-33")]
    public async Task CONNECT_PeerDropsTheLink_ConnectsAnewAndQueuedMessagesFlow(bool reset)
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "ROUTER");
        await listener.DisposeAsync();
        if (reset) raw.Reset();
        else await raw.DisposeAsync();
        var lost = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.True(lost.Error?.MayRetry);
        for (int i = 0; i < 3; i++) await sut.Socket.SendAsync($"{i}");
        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "ROUTER", settle: false);
        await raw.ExpectAsync("00 01 30  00 01 31  00 01 32");
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-75")]
    public async Task CONNECT_LinkDiesInTheMiddleOfAMessage_NextConnectionBeginsWithAWholeOne()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "PULL");
        byte[] part = new byte[4_000_000];
        await sut.Socket.SendAsync(Message.Create().Append("1").Append(part).Append("end"));
        await raw.ExpectAsync(Octets.Frame("1", more: true));
        await raw.ReadAsync(1_000_000);
        raw.Reset();
        raw = await sut.AcceptAsync(listener, "PULL", settle: false);
        await sut.Socket.SendAsync(Message.Create().Append("2").Append("end"));
        await raw.ExpectAsync("01 01 32 00 03 65 6E 64");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP30-76", "ZMTP30-77")]
    public async Task CONNECT_ManyReconnects_NoMessageIsDeliveredTwiceAndTheOrderStays()
    {
        const int reconnects = 100;
        const int each = 20;
        const int buffer = 16 * 1024;
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with
        {
            ReconnectInterval = TimeSpan.FromMilliseconds(1),
            ReconnectIntervalMax = TimeSpan.FromMilliseconds(1),
            Transport = new() { SendBufferSize = buffer },
        }));
        var listener = RawListener.Open();
        sut.Keep(listener).LimitReceiveBuffer(buffer);
        sut.Socket.Connect(listener.Endpoint);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++) await sut.Socket.SendAsync($"{i:00000000}");
        });

        List<int> received = [];
        for (int i = 0; i < reconnects; i++)
        {
            await using var raw = await listener.AcceptAsync();
            await raw.Handshake31Async("PULL");
            for (int n = 0; n < each; n++) received.Add(Number(await raw.ReadAsync(10)));
            if (i % 2 == 0)
            {
                raw.Reset();
                continue;
            }

            // All that was sent before the end is read, so what is sent once more shows; the last message may break off.
            raw.ShutdownSend();
            byte[] rest = await raw.ReadToCloseAsync();
            received.AddRange(rest.Chunk(10).Where(frame => frame.Length == 10).Select(Number));
        }

        await stop.CancelAsync();
        await sut.Socket.DisposeAsync().WithinAsync();
        var error = await Record.ExceptionAsync(() => sending.WithinAsync());
        Assert.True(error is null or ObjectDisposedException, $"{error}");
        Assert.InRange(received.Count, (reconnects * each) + 1, int.MaxValue);
        Assert.Equal(received.Distinct().Order(), received);

        static int Number(byte[] frame)
        {
            Assert.Equal("00 08", Octets.ToHex(frame.AsSpan(0, 2)));
            return int.Parse(frame.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    [Spec("ZMTP30-77", "ZMTP30-75")]
    public async Task SEND_FromManyThreads_EachThreadsMessagesStayInOrderAndWhole()
    {
        const int threads = 8;
        const int each = 500;
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick with { SendHighWaterMark = 50 }));
        var raw = await sut.PeerConnectsAsync("PULL");
        var sending = Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < each; i++)
            {
                var message = Message.Create().Append([(byte)thread]).Append([(byte)(i >> 8), (byte)(i & 0xFF)]).Append(new byte[i]);
                await sut.Socket.SendAsync(message);
            }
        })).ToArray();

        int[] next = new int[threads];
        for (int i = 0; i < threads * each; i++)
        {
            var frames = await raw.ReadMessageAsync();
            Assert.Equal(3, frames.Count);
            int thread = frames[0][0];
            Assert.Equal(next[thread]++, (frames[1][0] << 8) | frames[1][1]);
            Assert.Equal(next[thread] - 1, frames[2].Length);
        }

        await Task.WhenAll(sending).WithinAsync();
    }

    [Theory]
    [InlineData("CURVE", "01 00 08 00 73 6E 65 61 6B 79 00")]
    [InlineData("CURVE", "FF 00 00 00 00 00 00 00 01 7F 01 08 00 00 00 05 68 65 6C 6C 6F")]
    [InlineData("PLAIN", "01 00 08 00 73 6E 65 61 6B 79 00")]
    [InlineData("PLAIN", "FF 00 00 00 00 00 00 00 01 7F 01 08 00 00 00 05 68 65 6C 6C 6F")]
    [Spec("ZMTP30-93", "ZMTP30-98")]
    public async Task GREETING_OfOlderPeerTowardsSecuredSocket_Closes(string mechanism, string octets)
    {
        using var secret = new CurveSecretKey(CurveKeys.TestServer.Secret);
        using var keys = new CurveKeyPair(secret);
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with
        {
            Security = mechanism == "CURVE" ? CurveSecurity.Server(keys, CurveClients.AllowAny) : PlainSecurity.Server(),
        }));
        var raw = await sut.RawConnectsAsync();
        await raw.SendAsync(octets);
        byte[] all = await raw.ReadToCloseAsync();
        Assert.True(all.Length <= 64, $"More than a greeting was sent: {Octets.ToHex(all)}");
        Assert.Equal(0, sut.Socket.PeerCount);
        await sut.Socket.ExpectNoMessageAsync();
    }

    /// <summary>As libzmq: a second connection would bring a SUB each message twice, and take half of what a DEALER sends.</summary>
    [Theory]
    [InlineData(SocketType.Req, SocketType.Rep, true)]
    [InlineData(SocketType.Dealer, SocketType.Router, true)]
    [InlineData(SocketType.Pub, SocketType.Sub, true)]
    [InlineData(SocketType.Sub, SocketType.Pub, true)]
    [InlineData(SocketType.XPub, SocketType.Sub, false)]
    [InlineData(SocketType.XSub, SocketType.Pub, false)]
    [InlineData(SocketType.Rep, SocketType.Req, false)]
    [InlineData(SocketType.Router, SocketType.Dealer, false)]
    [InlineData(SocketType.Push, SocketType.Pull, false)]
    [InlineData(SocketType.Pull, SocketType.Push, false)]
    public async Task CONNECT_ToTheSameEndpointAgain_IsOneConnectionOrTwo(SocketType type, SocketType peer, bool isOne)
    {
        await using var bound = await Sut.BoundAsync(context => Sut.Socket(context, peer));
        await using var connected = Sut.Create(context => Sut.Socket(context, type));

        connected.Socket.Connect(bound.Endpoint);
        connected.Socket.Connect(bound.Endpoint);
        var count = isOne ? 1 : 2;
        for (var i = 0; i < count; i++)
        {
            await bound.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
            await connected.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        }

        Assert.Equal((count, count), (bound.Socket.PeerCount, connected.Socket.PeerCount));

        await connected.Socket.DisconnectAsync(bound.Endpoint);
        var again = async () => await connected.Socket.DisconnectAsync(bound.Endpoint);
        if (isOne) await Assert.ThrowsAsync<ArgumentException>(again);
        else await again();
        for (var i = 0; i < count; i++) await bound.Events.NextAsync(SocketEventKind.Disconnected);

        connected.Socket.Connect(bound.Endpoint);
        await connected.Socket.WaitForPeerAsync(TestTimeout.Default);
        await connected.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.DoesNotContain(connected.Events.Rest(), happened => happened.Kind == SocketEventKind.HandshakeSucceeded);
        Assert.Equal(1, connected.Socket.PeerCount);
    }
}
