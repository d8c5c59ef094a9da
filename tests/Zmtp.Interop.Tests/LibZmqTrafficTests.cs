using System.Buffers.Binary;
using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Interop.Tests;

/// <summary>Large bodies, many messages, filters, heartbeats and reconnection against libzmq.</summary>
public sealed class LibZmqTrafficTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly LibZmqContext _theirs = new();
    private readonly CurveKeyPair _serverKeys = LibZmqKeys.TestServer.ToKeyPair();
    private readonly CurveKeyPair _clientKeys = LibZmqKeys.TestClient.ToKeyPair();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _theirs.Dispose();
        _serverKeys.Dispose();
        _clientKeys.Dispose();
    }

    public static TheoryData<bool, int> Sizes
    {
        get
        {
            int[] sizes = [0, 1, 221, 222, 223, 254, 255, 256, 4095, 4096, 65_535, 65_536, 1 << 20, (1 << 20) + 1];
            var data = new TheoryData<bool, int>();
            foreach (var size in sizes) data.Add(false, size);
            foreach (var size in sizes) data.Add(true, size);
            return data;
        }
    }

    [Theory]
    [Spec("ZMTP30-39", "ZMTP30-94", "ZMTP30-96", "CURVE-61", "CURVE-70", "CURVE-69", "CURVE-68")]
    [MemberData(nameof(Sizes))]
    public Task LIBZMQ_BodyOfAnySize_ArrivesUnchangedBothWays(bool curve, int size) => ThereAndBackAsync(OurOptions(curve), curve, size);

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(1 << 20)]
    public Task LIBZMQ_BodyUnderTheManagedCipher_ArrivesUnchangedBothWays(int size)
    {
        var security = CurveSecurity.Client(_clientKeys, _serverKeys.PublicKey).WithCipher(CurveCipher.ManagedVector);
        return ThereAndBackAsync(new() { Security = security }, curve: true, size);
    }

    private async Task ThereAndBackAsync(SocketOptions options, bool curve, int size)
    {
        await using var ours = new DealerSocket(_context, options);
        var theirs = Theirs(LibZmqSocketType.Dealer, curve);
        byte[] body = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31 % 251))];
        await ours.ConnectAsync(theirs.Bind());

        await ours.SendFramesAsync(body);
        var there = await theirs.ReceiveAsync();
        await theirs.SendAsync(there.Frames[0], []);
        byte[][] back = await ours.ReceiveFramesAsync();

        Assert.True(body.AsSpan().SequenceEqual(there.Frames[0]), "The body changed on its way to libzmq.");
        Assert.Equal(2, back.Length);
        Assert.True(body.AsSpan().SequenceEqual(back[0]), "The body changed on its way from libzmq.");
    }

    [Theory]
    [Spec("ZMTP30-77", "PIPE-12", "CURVE-49", "CURVE-52")]
    [InlineData(false)]
    [InlineData(true)]
    [Lesson("T3")]
    public async Task LIBZMQ_TwentyThousandMessages_ArriveOnceAndInOrder(bool curve)
    {
        const int count = 20_000;
        await using var push = new PushSocket(_context, OurOptions(curve));
        await using var pull = new PullSocket(_context, OurOptions(curve));
        var theirPull = Theirs(LibZmqSocketType.Pull, curve);
        var theirPush = Theirs(LibZmqSocketType.Push, curve);
        await push.ConnectAsync(theirPull.Bind());
        await pull.ConnectAsync(theirPush.Bind());

        var toThem = SendAllAsync();
        var fromThem = theirPush.OnThreadAsync(socket => { for (int i = 0; i < count; i++) socket.Send(i.ToString(null, null)); });
        var atTheirs = theirPull.OnThreadAsync(socket =>
        {
            for (int i = 0; i < count; i++) Assert.Equal(i.ToString(null, null), socket.ReceiveText()[0]);
        });
        for (int i = 0; i < count; i++)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(i.ToString(null, null), message.AsString());
        }

        await Task.WhenAll(toThem, fromThem, atTheirs).WithinAsync();

        async Task SendAllAsync()
        {
            for (int i = 0; i < count; i++) await push.SendAsync(i.ToString(null, null), TestTimeout.Token);
        }
    }

    [Theory]
    [Spec("ZMTP31-20", "ZMTP31-21", "ZMTP31-22", "ZMTP31-23", "PUBSUB-09", "PUBSUB-12", "PUBSUB-38", "PUBSUB-40", "CURVE-66")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_OurSubscriptions_ReachItsPublisher(bool curve)
    {
        var pub = Theirs(LibZmqSocketType.XPub, curve);
        await using var sub = new SubSocket(_context, OurOptions(curve));
        await sub.ConnectAsync(pub.Bind());

        sub.Subscribe("A");
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
        await pub.SendAsync("B1");
        await pub.SendAsync("A1");
        Assert.Equal("A1", await TextAsync(sub));
        sub.Subscribe("");
        Assert.Equal(["\u0001"], await pub.ReceiveTextAsync());
        await pub.SendAsync("B2");
        Assert.Equal("B2", await TextAsync(sub));
        sub.Unsubscribe("");
        sub.Unsubscribe("A");
        Assert.Equal(["\u0000"], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP31-22", "ZMTP30-82", "ZMTP30-86", "PUBSUB-08", "PUBSUB-12", "CURVE-66")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_ItsSubscriptions_FilterAtOurPublisher(bool curve)
    {
        await using var pub = new PubSocket(_context, OurOptions(curve, serve: true));
        var xsub = Theirs(LibZmqSocketType.XSub, curve, serve: false);
        await using var relay = Relay.To(await pub.BindAsync("tcp://127.0.0.1:*"));
        xsub.Connect(relay.Endpoint);
        xsub.Send("\u0001A");
        var until = TestTimeout.Token;
        string[] first;
        do
        {
            await pub.SendAsync("A0", until);
            until.ThrowIfCancellationRequested();
        }
        while (!await xsub.HasMessageWithinAsync(TimeSpan.FromMilliseconds(10)));
        first = xsub.ReceiveText();

        int before = relay.SentByServer().Length;
        var unwanted = "B" + new string('x', 99);
        for (int i = 0; i < 100; i++) await pub.SendAsync(unwanted, TestTimeout.Token);
        await pub.SendAsync("A-last", TestTimeout.Token);
        string[] last;
        do
        {
            last = await xsub.ReceiveTextAsync();
        }
        while (last[0] == "A0");

        Assert.Equal(["A0"], first);
        Assert.Equal(["A-last"], last);
        Assert.True(relay.SentByServer().Length - before < 500, "Messages that nobody asked for went over the wire.");
    }

    [Since433Theory]
    [Spec("ZMTP31-42", "ZMTP31-44", "ZMTP31-50", "ZMTP31-58")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_HeartbeatsAtBothEnds_KeepAnIdleConnectionAndDisturbNoRequest(bool curve)
    {
        var timeout = TimeSpan.FromMilliseconds(1500);
        await using var rep = new RepSocket(_context, OurOptions(curve, serve: true) with
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(50), HeartbeatTimeout = timeout, HeartbeatTtl = timeout,
        });
        using var events = new SocketEvents(rep);
        await using var relay = Relay.To(await rep.BindAsync("tcp://127.0.0.1:*"));
        var req = Theirs(LibZmqSocketType.Req, curve, serve: false)
            .Set(LibZmqOption.HeartbeatInterval, 50).Set(LibZmqOption.HeartbeatTimeout, 1500).Set(LibZmqOption.HeartbeatTtl, 1500);
        using var monitor = req.Monitor();
        req.Connect(relay.Endpoint);

        for (int i = 0; i < 2; i++)
        {
            await req.SendAsync("question");
            Assert.Equal("question", Octets.ToText((await rep.ReceiveFramesAsync())[0]));
            int byClient = CountFrames(relay.SentByClient());
            int byServer = CountFrames(relay.SentByServer());

            // Twice the time after which either end would find a silent one dead: that is what has to go by, whatever is sent meanwhile.
            Assert.False(await req.HasMessageWithinAsync(timeout * 2));

            // A PING in each interval, and a PONG for each of the other's; a slow machine gets through some of them.
            Assert.InRange(CountFrames(relay.SentByClient()) - byClient, 10, int.MaxValue);
            Assert.InRange(CountFrames(relay.SentByServer()) - byServer, 10, int.MaxValue);
            await rep.SendAsync("answer", TestTimeout.Token);
            Assert.Equal(["answer"], await req.ReceiveTextAsync());
        }

        Assert.Equal(1, relay.ConnectionCount);
        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);
        foreach (byte[] sent in curve ? [] : new[] { relay.SentByClient(), relay.SentByServer() })
        {
            Assert.Contains("04 07 04 50 49 4E 47 00 0F", Octets.ToHex(sent), StringComparison.Ordinal);
            Assert.Contains("04 05 04 50 4F 4E 47", Octets.ToHex(sent), StringComparison.Ordinal);
        }

        // It was the heartbeats: both ends count, and without them each finds the other dead.
        relay.Pause();
        var end = await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
        await monitor.WaitForAsync(LibZmqEvent.Disconnected);
    }

    [Since433Theory]
    [Spec("ZMTP31-48", "ZMTP31-52", "ZMTP31-54", "ZMTP30-74")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PeerThatFallsSilent_IsFoundDeadAndConnectedToAgain(bool curve)
    {
        var pull = Theirs(LibZmqSocketType.Pull, curve);
        await using var relay = Relay.To(pull.Bind());
        await using var push = new PushSocket(_context, OurOptions(curve) with
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            HeartbeatTimeout = TimeSpan.FromMilliseconds(300),
            ReconnectInterval = TimeSpan.FromMilliseconds(20),
        });
        using var events = new SocketEvents(push);
        await push.ConnectAsync(relay.Endpoint);
        await push.PeerAsync();

        relay.Pause();
        var end = await events.NextAsync(SocketEventKind.Disconnected);
        relay.Resume();
        await push.SendAsync("hello", TestTimeout.Token);

        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
        Assert.Equal(["hello"], await pull.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP30-32", "ZMTP30-33", "ZMTP30-74", "ZMTP30-73", "PIPE-05")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PeerThatDiesAndComesBack_GetsWhatWasQueued(bool curve)
    {
        var first = Theirs(LibZmqSocketType.Pull, curve);
        string endpoint = first.Bind();
        await using var push = new PushSocket(
            _context,
            OurOptions(curve) with
            {
                ReconnectInterval = TimeSpan.FromMilliseconds(20), ReconnectIntervalMax = TimeSpan.FromMilliseconds(50),
            });
        using var events = new SocketEvents(push);
        await push.ConnectAsync(endpoint);
        await push.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["1"], await first.ReceiveTextAsync());

        first.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);
        await push.SendAsync("2", TestTimeout.Token);
        await push.SendAsync("3", TestTimeout.Token);
        var second = Theirs(LibZmqSocketType.Pull, curve);
        await second.BindEventuallyAsync(endpoint);

        Assert.Equal(["2"], await second.ReceiveTextAsync());
        Assert.Equal(["3"], await second.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP31-28", "PUBSUB-32", "PUBSUB-57")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PublisherThatComesBack_IsSubscribedToAgain(bool curve)
    {
        var pub = Theirs(LibZmqSocketType.XPub, curve);
        await using var relay = Relay.To(pub.Bind());
        await using var sub = new SubSocket(_context, OurOptions(curve) with { ReconnectInterval = TimeSpan.FromMilliseconds(20) });
        sub.Subscribe("A");
        await sub.ConnectAsync(relay.Endpoint);
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());

        relay.Cut();

        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
        await pub.SendAsync("A1");
        Assert.Equal("A1", await TextAsync(sub));
    }

    [Theory]
    [Spec("ZMTP30-15", "ZMTP30-16", "ZMTP30-43")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_TrafficInSingleOctets_IsUnderstoodBothWays(bool curve)
    {
        var theirs = Theirs(LibZmqSocketType.Dealer, curve);
        await using var relay = Relay.To(theirs.Bind());
        relay.Chunk = 1;
        await using var ours = new DealerSocket(_context, OurOptions(curve));
        await ours.ConnectAsync(relay.Endpoint);

        await ours.SendFramesAsync(Octets.Text("a"), Octets.Text(new string('b', 300)), []);
        var there = await theirs.ReceiveAsync();
        await theirs.SendAsync([.. there.Frames]);

        Assert.Equal(["a", new string('b', 300), ""], (await ours.ReceiveFramesAsync()).Select(frame => Octets.ToText(frame)));
    }

    /// <summary>The frames behind a greeting, whole ones only.</summary>
    private static int CountFrames(byte[] sent)
    {
        int count = 0;
        long position = 64;
        while (position + 2 <= sent.Length)
        {
            bool isLong = (sent[position] & 2) != 0;
            if (isLong && position + 9 > sent.Length) break;
            position += isLong ? 9 + (long)BinaryPrimitives.ReadUInt64BigEndian(sent.AsSpan((int)position + 1)) : 2 + sent[position + 1];
            if (position <= sent.Length) count++;
        }

        return count;
    }

    private static async Task<string> TextAsync(ReceivingSocket socket)
    {
        using var message = await socket.ReceiveAsync(TestTimeout.Token);
        return message.AsString();
    }

    private SocketOptions OurOptions(bool curve, bool serve = false) => new()
    {
        Security = (curve, serve) switch
        {
            (false, _) => NullSecurity.Instance,
            (true, true) => CurveSecurity.Server(_serverKeys, CurveClients.AllowAny),
            (true, false) => CurveSecurity.Client(_clientKeys, _serverKeys.PublicKey),
        },
    };

    private LibZmqSocket Theirs(LibZmqSocketType type, bool curve, bool serve = true)
    {
        var socket = _theirs.Socket(type);
        return (curve, serve) switch
        {
            (false, _) => socket,
            (true, true) => socket.CurveServer(LibZmqKeys.TestServer),
            (true, false) => socket.CurveClient(LibZmqKeys.TestClient, LibZmqKeys.TestServer.Public),
        };
    }
}
