using Microsoft.Extensions.Time.Testing;
using NetMQ;
using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;
using SocketEvents = Zmtp.Testing.SocketEvents;
using SocketOptions = Zmtp.Sockets.SocketOptions;
using Theirs = NetMQ.Sockets;
using Zmtp.Testing.Searching;

namespace Zmtp.Interop.Tests;

/// <summary>NetMQ, which announces ZMTP 3.0, with NULL and CURVE. PLAIN it does not have.</summary>
public sealed class NetMqInteropTests : DisposedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly CurveKeyPair _serverKeys = LibZmqKeys.TestServer.ToKeyPair();
    private readonly CurveKeyPair _clientKeys = LibZmqKeys.TestClient.ToKeyPair();

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _serverKeys.Dispose();
        _clientKeys.Dispose();
    }

    [Theory]
    [Spec("ZMTP31-03", "ZMTP30-11", "ZMTP30-72", "CURVE-01")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_DealerToDealer_ExchangesMultipart(bool curve, bool weBind)
    {
        await using var ours = new DealerSocket(_context, OurOptions(curve, weBind));
        using var theirs = Secure(new Theirs.DealerSocket(), curve, serve: !weBind);
        await JoinAsync(ours, theirs, weBind);

        await ours.SendFramesAsync("a"u8.ToArray(), [], new byte[300]);
        byte[][] there = await OnThreadAsync(() => ReceiveAll(theirs));
        await OnThreadAsync(() => theirs.TrySendMultipartBytes(Limit, there));

        Assert.Equal([1, 0, 300], there.Select(frame => frame.Length));
        Assert.Equal([1, 0, 300], (await ours.ReceiveFramesAsync()).Select(frame => frame.Length));
    }

    [Theory]
    [Spec("REQREP-14", "REQREP-19")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_ReqToOurRep_GetsItsReply(bool curve, bool weBind)
    {
        await using var rep = new RepSocket(_context, OurOptions(curve, weBind));
        using var req = Secure(new Theirs.RequestSocket(), curve, serve: !weBind);
        await JoinAsync(rep, req, weBind);

        await OnThreadAsync(() => req.TrySendFrame(Limit, "question"));
        using (var message = await rep.ReceiveAsync(TestTimeout.Token))
        {
            Assert.Equal("question", message.AsString());
        }

        await rep.SendAsync("answer", TestTimeout.Token);
        Assert.Equal("answer", await OnThreadAsync(() => ReceiveText(req)));
    }

    [Theory]
    [Spec("ZMTP31-04", "ZMTP30-83", "ZMTP30-84", "CURVE-66")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_Publisher_IsSubscribedToInTheFormOf30(bool curve, bool weBind)
    {
        await using var sub = new SubSocket(_context, OurOptions(curve, weBind));
        using var pub = Secure(new Theirs.XPublisherSocket(), curve, serve: !weBind);
        await JoinAsync(sub, pub, weBind);

        sub.Subscribe("A");
        Assert.Equal("\u0001A", await OnThreadAsync(() => ReceiveText(pub)));
        await OnThreadAsync(() => pub.TrySendFrame(Limit, "B1") && pub.TrySendFrame(Limit, "A1"));
        using var message = await sub.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("A1", message.AsString());
        sub.Unsubscribe("A");
        Assert.Equal("\u0000A", await OnThreadAsync(() => ReceiveText(pub)));
    }

    [Theory]
    [Spec("ZMTP31-26", "ZMTP30-82")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_Subscriber_GetsWhatItAskedOurPublisherFor(bool curve, bool weBind)
    {
        await using var pub = new PubSocket(_context, OurOptions(curve, weBind));
        using var sub = Secure(new Theirs.SubscriberSocket(), curve, serve: !weBind);
        sub.Subscribe("A");
        await JoinAsync(pub, sub, weBind);

        var received = OnThreadAsync(() => ReceiveText(sub));
        do
        {
            await pub.SendAsync("B1", TestTimeout.Token);
            await pub.SendAsync("A1", TestTimeout.Token);
        }
        while (await Task.WhenAny(received, Task.Delay(10)) != received);

        Assert.Equal("A1", await received);
    }

    [Theory]
    [Spec("PUBSUB-15", "PUBSUB-26", "PUBSUB-27", "PUBSUB-29")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_XSubscriber_SubscribesAtOurXPubAndSpeaksToIt(bool curve, bool weBind)
    {
        await using var xpub = new XPubSocket(_context, OurOptions(curve, weBind));
        using var xsub = Secure(new Theirs.XSubscriberSocket(), curve, serve: !weBind);
        await JoinAsync(xpub, xsub, weBind);

        // The first waits for the peer, which a bound socket hears of after us; a message would be dropped until then.
        foreach (string sent in new[] { "\u0001A", "up", "\u0001" + new string('t', 300) })
        {
            await OnThreadAsync(() => xsub.TrySendFrame(Limit, sent));
            Assert.Equal(sent, await xpub.TextAsync());
        }

        await xpub.SendAsync("B1", TestTimeout.Token);
        await xpub.SendFramesAsync("A1"u8.ToArray(), [], new byte[1 << 20]);
        Assert.Equal([2, 0, 1 << 20], (await OnThreadAsync(() => ReceiveAll(xsub))).Select(frame => frame.Length));
        await OnThreadAsync(() => xsub.TrySendFrame(Limit, "\u0000A"));
        Assert.Equal("\u0000A", await xpub.TextAsync());
    }

    [Theory]
    [Spec("PUBSUB-41", "PUBSUB-46", "PUBSUB-54", "PUBSUB-55")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_XPublisher_HearsOurXSubAndIsHeard(bool curve, bool weBind)
    {
        await using var xsub = new XSubSocket(_context, OurOptions(curve, weBind));
        using var xpub = Secure(new Theirs.XPublisherSocket(), curve, serve: !weBind);
        await JoinAsync(xsub, xpub, weBind);

        foreach (string sent in new[] { "\u0001A", "up", "\u0001" + new string('t', 300) }) await xsub.SendAsync(sent, TestTimeout.Token);
        foreach (string sent in new[] { "\u0001A", "up", "\u0001" + new string('t', 300) }) Assert.Equal(sent, await OnThreadAsync(() => ReceiveText(xpub)));
        await OnThreadAsync(() => xpub.TrySendFrame(Limit, "B1") && xpub.TrySendMultipartBytes(Limit, "A1"u8.ToArray(), [], new byte[1 << 20]));
        Assert.Equal([2, 0, 1 << 20], (await xsub.ReceiveFramesAsync()).Select(frame => frame.Length));
        await xsub.SendAsync("\u0000A", TestTimeout.Token);
        Assert.Equal("\u0000A", await OnThreadAsync(() => ReceiveText(xpub)));
    }

    [Theory]
    [Spec("PIPE-03", "PIPE-15")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_PushAndPull_CarryMessagesBothWays(bool curve, bool weBind)
    {
        await using var push = new PushSocket(_context, OurOptions(curve, weBind));
        await using var pull = new PullSocket(_context, OurOptions(curve, weBind));
        using var theirPull = Secure(new Theirs.PullSocket(), curve, serve: !weBind);
        using var theirPush = Secure(new Theirs.PushSocket(), curve, serve: !weBind);
        await JoinAsync(push, theirPull, weBind);
        await JoinAsync(pull, theirPush, weBind);

        for (int i = 0; i < 3; i++)
        {
            await push.SendAsync($"to {i}", TestTimeout.Token);
            await OnThreadAsync(() => theirPush.TrySendFrame(Limit, $"from {i}"));
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal($"to {i}", await OnThreadAsync(() => ReceiveText(theirPull)));
            Assert.Equal($"from {i}", await pull.TextAsync());
        }
    }

    [Theory]
    [Spec("PAIR-02")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_Pair_ExchangesMessages(bool curve, bool weBind)
    {
        await using var ours = new PairSocket(_context, OurOptions(curve, weBind));
        using var theirs = Secure(new Theirs.PairSocket(), curve, serve: !weBind);
        await JoinAsync(ours, theirs, weBind);

        await ours.SendAsync("to", TestTimeout.Token);
        Assert.Equal("to", await OnThreadAsync(() => ReceiveText(theirs)));
        await OnThreadAsync(() => theirs.TrySendFrame(Limit, "from"));
        Assert.Equal("from", await ours.TextAsync());
    }

    [Theory]
    [Spec("REQREP-12", "REQREP-14")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_RepOfOurReq_AnswersIt(bool curve, bool weBind)
    {
        await using var req = new ReqSocket(_context, OurOptions(curve, weBind));
        using var rep = Secure(new Theirs.ResponseSocket(), curve, serve: !weBind);
        await JoinAsync(req, rep, weBind);

        await req.SendAsync("question", TestTimeout.Token);
        Assert.Equal("question", await OnThreadAsync(() => ReceiveText(rep)));
        await OnThreadAsync(() => rep.TrySendFrame(Limit, "answer"));
        Assert.Equal("answer", await req.TextAsync());
    }

    [Theory]
    [Spec("ZMTP30-69", "REQREP-42")]
    [MemberData(nameof(Ways))]
    public async Task NETMQ_RoutersOfBothSides_AddressDealersByTheirIdentities(bool curve, bool weBind)
    {
        byte[] abc = "ABC"u8.ToArray();
        await using var router = new RouterSocket(_context, OurOptions(curve, weBind) with { RouterMandatory = true });
        await using var dealer = new DealerSocket(_context, OurOptions(curve, weBind) with { RoutingId = abc });
        using var theirRouter = Secure(new Theirs.RouterSocket(), curve, serve: !weBind);
        using var theirDealer = Secure(new Theirs.DealerSocket(), curve, serve: !weBind);
        theirDealer.Options.Identity = "XYZ"u8.ToArray();
        await JoinAsync(router, theirDealer, weBind);
        await JoinAsync(dealer, theirRouter, weBind);

        await router.SendFramesAsync("XYZ"u8.ToArray(), "to"u8.ToArray());
        Assert.Equal("to", await OnThreadAsync(() => ReceiveText(theirDealer)));
        await dealer.SendAsync("question", TestTimeout.Token);
        byte[][] asked = await OnThreadAsync(() => ReceiveAll(theirRouter));
        Assert.Equal(["ABC"u8.ToArray(), "question"u8.ToArray()], asked);
        await OnThreadAsync(() => theirRouter.TrySendMultipartBytes(Limit, abc, "answer"u8.ToArray()));
        Assert.Equal("answer", await dealer.TextAsync());
    }

    [Fact]
    [Spec("CURVE-16", "CURVE-72")]
    public async Task NETMQ_CurveClientWithAWrongServerKey_GetsNothingThrough()
    {
        await using var pull = new PullSocket(_context, OurOptions(curve: true, serve: true));
        using var events = new SocketEvents(pull);
        using var push = new Theirs.PushSocket();
        push.Options.Linger = TimeSpan.Zero;
        push.Options.CurveServerKey = CurveKeys.TestClient.Public;
        push.Options.CurveCertificate = new NetMQCertificate();
        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));

        var error = (await events.NextAsync(SocketEventKind.HandshakeFailed)).Error;

        Assert.Equal(ProtocolError.Cryptographic, Assert.IsType<ZmtpProtocolException>(error).Error);
        Assert.Equal(0, pull.PeerCount);
    }

    /// <summary>We send it no PING, since it announces 3.0; its own are answered, and what they say of its silence is heeded.</summary>
    [Fact]
    [Spec("ZMTP31-04", "ZMTP31-50", "ZMTP31-53")]
    public async Task NETMQ_HeartbeatsOfItsOwn_AreAnsweredAndByTheirTtlWeNoticeItsSilence()
    {
        var time = new FakeTimeProvider();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = time });
        await using var pull = new PullSocket(context);
        using var events = new SocketEvents(pull);
        using var push = Secure(new Theirs.PushSocket(), curve: false, serve: false);
        push.Options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
        push.Options.HeartbeatTimeout = TestTimeout.Default;
        push.Options.HeartbeatTtl = TimeSpan.FromSeconds(2);
        await using var relay = Relay.To(await pull.BindAsync("tcp://127.0.0.1:*"));
        push.Connect(relay.Endpoint);
        await pull.PeerAsync();
        var gone = events.NextAsync(SocketEventKind.Disconnected);

        // By what has passed and not by the time: a busy machine may take long to answer.
        var until = TestTimeout.Token;
        while (relay.SentByServer().AsSpan().Count("\u0004PONG"u8) < 3) await Task.Delay(10, until);
        Assert.False(gone.IsCompleted, "The connection ended.");
        Assert.Equal(0, relay.SentByServer().AsSpan().Count("\u0004PING"u8));

        relay.Pause();
        do
        {
            until.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(2));
        }
        while (await Task.WhenAny(gone, Task.Delay(10)) != gone);

        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>((await gone).Error).Error);
    }

    private static async Task JoinAsync(ZmtpSocket ours, NetMQSocket theirs, bool weBind)
    {
        if (weBind)
        {
            theirs.Connect(await ours.BindAsync("tcp://127.0.0.1:*"));
        }
        else
        {
            int port = theirs.BindRandomPort("tcp://127.0.0.1");
            await ours.ConnectAsync($"tcp://127.0.0.1:{port}");
        }

        await ours.PeerAsync();
    }

    private static Task<T> OnThreadAsync<T>(Func<T> call) => Task.Factory.StartNew(
        call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string ReceiveText(NetMQSocket socket)
    {
        Assert.True(socket.TryReceiveFrameString(Limit, out string? text), "NetMQ received nothing.");
        return text!;
    }

    private static byte[][] ReceiveAll(NetMQSocket socket)
    {
        List<byte[]> frames = [];
        Assert.True(socket.TryReceiveMultipartBytes(Limit, ref frames!), "NetMQ received nothing.");
        return [.. frames];
    }

    /// <summary>The end that binds is the server, here.</summary>
    private SocketOptions OurOptions(bool curve, bool serve) => new()
    {
        Security = (curve, serve) switch
        {
            (false, _) => NullSecurity.Instance,
            (true, true) => CurveSecurity.Server(_serverKeys, CurveClients.AllowAny),
            (true, false) => CurveSecurity.Client(_clientKeys, _serverKeys.PublicKey),
        },
    };

    private static T Secure<T>(T socket, bool curve, bool serve)
        where T : NetMQSocket
    {
        socket.Options.Linger = TimeSpan.Zero;
        if (curve)
        {
            socket.Options.CurveServer = serve;
            var keys = serve ? CurveKeys.TestServer : CurveKeys.TestClient;
            socket.Options.CurveCertificate = new NetMQCertificate(keys.Secret, keys.Public);
            if (!serve)
            {
                socket.Options.CurveServerKey = CurveKeys.TestServer.Public;
            }
        }

        return socket;
    }
}
