using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Interop.Tests;

/// <summary>How connections to and from libzmq begin, end and begin again.</summary>
public sealed class LibZmqConnectionTests : DisposedTests
{
    private const int IPv6Option = 42;

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly LibZmqContext _theirs = new();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _theirs.Dispose();
    }

    [Fact]
    [Spec("ZMTP30-32", "ZMTP30-72")]
    public async Task LIBZMQ_ClientOfOurServerThatDiesAndComesBack_SendsWhatItQueued()
    {
        var client = _theirs.Socket(LibZmqSocketType.Push).Set(LibZmqOption.ReconnectInterval, 20);
        using var monitor = client.Monitor();
        string endpoint;
        await using (var first = new PullSocket(_context))
        {
            endpoint = await first.BindAsync("tcp://127.0.0.1:*");
            client.Connect(endpoint);
            await client.SendAsync("1");
            Assert.Equal("1", Octets.ToText((await first.ReceiveFramesAsync())[0]));
        }

        await monitor.WaitForAsync(LibZmqEvent.Disconnected);
        await client.SendAsync("2");
        await using var second = new PullSocket(_context);
        await second.BindAsync(endpoint);

        Assert.Equal("2", Octets.ToText((await second.ReceiveFramesAsync())[0]));
    }

    [Fact]
    [Spec("ZMTP30-73", "PIPE-05", "PIPE-17")]
    public async Task LIBZMQ_PeerThatBindsAfterWeConnect_IsReached()
    {
        await using var reserved = RawListener.Reserve();
        await using var push = new PushSocket(
            _context, new() { ReconnectInterval = TimeSpan.FromMilliseconds(20), ReconnectIntervalMax = TimeSpan.FromMilliseconds(20) });
        await push.ConnectAsync(reserved.Endpoint);
        await push.SendAsync("early", TestTimeout.Token);
        await reserved.DisposeAsync();

        var pull = _theirs.Socket(LibZmqSocketType.Pull);
        await pull.BindEventuallyAsync(reserved.Endpoint);

        Assert.Equal(["early"], await pull.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP30-72")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_AbstractIpcName_IsUnderstoodAlike(bool weBind)
    {
        string endpoint = "ipc://@zmtp-" + Guid.NewGuid().ToString("N");
        await using var ours = new DealerSocket(_context);
        var theirs = _theirs.Socket(LibZmqSocketType.Dealer);
        if (weBind)
        {
            await ours.BindAsync(endpoint);
            theirs.Connect(endpoint);
        }
        else
        {
            theirs.Bind(endpoint);
            await ours.ConnectAsync(endpoint);
        }

        await ours.SendFramesAsync(Octets.Text("hello"));

        Assert.Equal(["hello"], await theirs.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_OverIPv6_ExchangesMessages(bool weBind)
    {
        await using var ours = new PairSocket(_context);
        var theirs = _theirs.Socket(LibZmqSocketType.Pair).Set((LibZmqOption)IPv6Option, 1);
        if (weBind)
        {
            theirs.Connect(await ours.BindAsync("tcp://[::1]:*"));
        }
        else
        {
            await ours.ConnectAsync(theirs.Bind("tcp://[::1]:*"));
        }

        var peer = await ours.PeerAsync();
        await ours.SendFramesAsync(Octets.Text("hello"));

        Assert.Equal(["hello"], await theirs.ReceiveTextAsync());
        Assert.Equal("::1", peer.Address);
    }

    [Fact]
    public async Task LIBZMQ_ProbeOfOurDealer_ShowsAtItsRouter()
    {
        var router = _theirs.Socket(LibZmqSocketType.Router);
        await using var dealer = new DealerSocket(_context, new() { ProbeRouter = true, RoutingId = "ABC"u8.ToArray() });

        await dealer.ConnectAsync(router.Bind());

        Assert.Equal(["ABC", ""], await router.ReceiveTextAsync());
    }

    [Fact]
    public async Task LIBZMQ_ProbeOfOurReq_ShowsAtItsRouterAsThatOfItsOwn()
    {
        var router = _theirs.Socket(LibZmqSocketType.Router);
        await using var req = new ReqSocket(_context, new() { ProbeRouter = true, RoutingId = "ABC"u8.ToArray() });
        var own = _theirs.Socket(LibZmqSocketType.Req).Set(LibZmqOption.RoutingId, "XYZ").Set(LibZmqOption.ProbeRouter, 1);
        string endpoint = router.Bind();

        own.Connect(endpoint);
        Assert.Equal(["XYZ", ""], await router.ReceiveTextAsync());
        await req.ConnectAsync(endpoint);
        Assert.Equal(["ABC", ""], await router.ReceiveTextAsync());

        await req.SendFramesAsync(Octets.Text("ask"));
        Assert.Equal(["ABC", "", "ask"], await router.ReceiveTextAsync());
    }

    [Fact]
    public async Task LIBZMQ_ProbeOfItsDealer_ShowsAtOurRouter()
    {
        await using var router = new RouterSocket(_context);
        var dealer = _theirs.Socket(LibZmqSocketType.Dealer).Set(LibZmqOption.RoutingId, "ABC").Set(LibZmqOption.ProbeRouter, 1);

        dealer.Connect(await router.BindAsync("tcp://127.0.0.1:*"));

        Assert.Equal(["ABC", ""], (await router.ReceiveFramesAsync()).Select(frame => Octets.ToText(frame)));
    }

    [Theory]
    [Spec("REQREP-51")]
    [InlineData(false, "first")]
    [InlineData(true, "second")]
    public async Task LIBZMQ_SecondDealerWithTheSameRoutingId_TakesOverOnlyIfAllowed(bool handover, string served)
    {
        await using var router = new RouterSocket(_context, new() { RouterHandover = handover, RouterMandatory = true });
        using var events = new SocketEvents(router);
        string endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        var first = _theirs.Socket(LibZmqSocketType.Dealer).Set(LibZmqOption.RoutingId, "ABC").Set(LibZmqOption.ReconnectInterval, -1);
        var second = _theirs.Socket(LibZmqSocketType.Dealer).Set(LibZmqOption.RoutingId, "ABC").Set(LibZmqOption.ReconnectInterval, -1);
        first.Connect(endpoint);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        second.Connect(endpoint);
        await events.NextAsync(handover ? SocketEventKind.HandshakeSucceeded : SocketEventKind.HandshakeFailed);

        await router.SendFramesAsync(Octets.Text("ABC"), Octets.Text("hello"));

        Assert.Equal(["hello"], await (served == "first" ? first : second).ReceiveTextAsync());
        Assert.False(await (served == "first" ? second : first).HasMessageWithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    [Spec("ZAP-06", "ZAP-11", "CURVE-12", "CURVE-20")]
    public async Task LIBZMQ_FiftyCurveClientsAtOnce_AreAllLetInUnderTheirOwnKeys()
    {
        const int count = 50;
        LibZmqKeys[] keys = [.. Enumerable.Range(0, count).Select(_ => LibZmqKeys.Generate())];
        var store = new MemoryCertificateStore();
        Array.ForEach(keys, key => store.Set(CurvePublicKey.Parse(key.Public)));
        using var authenticator = new Authenticator(Searched.Log);
        authenticator.ConfigureCurve("*", store);
        await using var handler = await _context.ServeZapAsync(authenticator);
        using var serverKeys = LibZmqKeys.TestServer.ToKeyPair();
        await using var server = new PullSocket(_context, new() { Security = CurveSecurity.Server(serverKeys), ZapDomain = "global" });
        string endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        foreach (var key in keys)
        {
            var client = _theirs.Socket(LibZmqSocketType.Push).CurveClient(key, LibZmqKeys.TestServer.Public);
            client.Connect(endpoint);
            client.Send(key.Public);
        }

        HashSet<string> seen = [];
        for (int i = 0; i < count; i++)
        {
            using var message = await server.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(message.UserId, message.AsString());
            Assert.True(seen.Add(message.UserId));
        }
    }

    [Theory]
    [Spec("ZMTP30-75", "ZMTP30-43", "ZMTP30-76")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_ConnectionCutAgainAndAgain_LosesNoPartOfAMessageAndRepeatsNone(bool weSend)
    {
        const int cuts = 20;
        const int each = 50;
        using var arrived = new SemaphoreSlim(0);
        using var stop = new CancellationTokenSource();
        var theirs = _theirs.Socket(weSend ? LibZmqSocketType.Pull : LibZmqSocketType.Push)
            .Set(LibZmqOption.ReceiveTimeout, 200).Set(LibZmqOption.SendTimeout, 200);
        await using var relay = Relay.To(theirs.Bind());
        await using var ours = OurSocket.Create(_context, weSend ? SocketType.Push : SocketType.Pull, new()
        {
            ReconnectInterval = TimeSpan.FromMilliseconds(5), ReconnectIntervalMax = TimeSpan.FromMilliseconds(5), SendHighWaterMark = 100,
        });
        using var events = new SocketEvents(ours);
        await ours.ConnectAsync(relay.Endpoint);
        List<string[]> received = [];
        string filler = new('f', 3000);

        var sending = weSend
            ? Task.Run(() => SendAsync(stop.Token))
            : theirs.OnThreadAsync(socket =>
            {
                for (int i = 0; !stop.IsCancellationRequested; i++) socket.TrySend($"{i}", filler, $"{i}");
            });
        var receiving = weSend
            ? theirs.OnThreadAsync(socket =>
            {
                while (!stop.IsCancellationRequested)
                {
                    if (!socket.HasMessageWithin(TimeSpan.FromMilliseconds(50))) continue;
                    received.Add(socket.ReceiveText());
                    arrived.Release();
                }
            })
            : Task.Run(() => ReceiveAsync(stop.Token));
        for (int i = 0; i < cuts; i++)
        {
            await MoreAsync();
            relay.Cut();
        }

        await MoreAsync();
        await stop.CancelAsync();
        await Task.WhenAll(sending, receiving).WithinAsync();

        Assert.All(received, frames => Assert.Equal([frames[0], filler, frames[0]], frames));
        int[] numbers = [.. received.Select(frames => int.Parse(frames[0], null))];
        Assert.InRange(numbers.Length, (cuts + 1) * each, int.MaxValue);
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        if (!weSend)
        {
            // libzmq takes turns between what is left of an old connection and the new one; our sockets keep the order.
            Assert.Equal(numbers.Order(), numbers);
        }

        // A connection that carried nothing would show nothing when it is cut.
        async Task MoreAsync()
        {
            await events.NextAsync(SocketEventKind.HandshakeSucceeded);
            while (await arrived.WaitAsync(TimeSpan.Zero))
            {
            }

            for (int i = 0; i < each; i++) await arrived.WaitAsync(TestTimeout.Token);
        }

        async Task SendAsync(CancellationToken token)
        {
            for (int i = 0; !token.IsCancellationRequested; i++)
            {
                try
                {
                    await ((SendingSocket)ours).SendAsync(Message.Of($"{i}", filler, $"{i}"), token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }

        async Task ReceiveAsync(CancellationToken token)
        {
            try
            {
                while (true)
                {
                    using var message = await ((IReceivingSocket)ours).ReceiveAsync(token);
                    received.Add([message.AsString(), message.AsString(1), message.AsString(2)]);
                    arrived.Release();
                }
            }
            catch (OperationCanceledException)
            {
                // Enough.
            }
        }
    }
}
