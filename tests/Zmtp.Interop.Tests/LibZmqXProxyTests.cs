using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests;

/// <summary>Proxies of XSUB and XPUB, ours and libzmq's, between publishers and subscribers of either side, and one behind the other.</summary>
public sealed class LibZmqXProxyTests : DisposedTests
{
    private readonly TwoContexts _contexts = new();
    private readonly CancellationTokenSource _stop = new();

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _contexts.DisposeAsync();
        _stop.Dispose();
    }

    [Theory]
    [Spec("PUBSUB-27", "PUBSUB-29", "PUBSUB-54", "PUBSUB-55")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_XPubAndSubsAtOurProxy_OnlyWhatIsWantedGoesThroughAndEachTopicEndsWithItsLast(bool curve)
    {
        var (frontend, backend) = await RunOursAsync(curve);
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve, serve: false);
        pub.Connect(frontend);
        var one = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
        one.Connect(backend);
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
        var other = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A").Set(LibZmqOption.Subscribe, "B");
        other.Connect(backend);
        Assert.Equal(["\u0001B"], await pub.ReceiveTextAsync());

        await pub.SendAsync("C");
        await pub.SendAsync("A", "", new string('a', 300));
        foreach (var sub in new[] { one, other }) Assert.Equal(["A", "", new string('a', 300)], await sub.ReceiveTextAsync());
        await pub.SendAsync("B");
        Assert.Equal(["B"], await other.ReceiveTextAsync());

        other.Dispose();
        Assert.Equal(["\u0000B"], await pub.ReceiveTextAsync());
        await pub.SendAsync("A2");
        Assert.Equal(["A2"], await one.ReceiveTextAsync());
        one.Set(LibZmqOption.Unsubscribe, "A").Set(LibZmqOption.Subscribe, "D");
        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0001D"], await pub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("PUBSUB-54", "PUBSUB-55")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PubAndSubAtOurProxy_MessagesArrive(bool curve)
    {
        var (frontend, backend) = await RunOursAsync(curve);
        var pub = _contexts.Socket(LibZmqSocketType.Pub, curve, serve: false);
        pub.Connect(frontend);
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
        sub.Connect(backend);

        await pub.OnThreadAsync(socket =>
        {
            do
            {
                socket.Send("B1");
                socket.Send("A1");
            }
            while (!sub.HasMessageWithin(TimeSpan.FromMilliseconds(10)));
        }).WithinAsync();

        Assert.Equal(["A1"], await sub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("PUBSUB-15", "PUBSUB-41", "PUBSUB-27")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_ProxyBetweenOurXPubAndXSub_CarriesSubscriptionsAndMessagesBothWays(bool curve)
    {
        using var proxy = new LibZmqProxy(LibZmqSocketType.XSub, LibZmqSocketType.XPub, Secure(curve));
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve));
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve));
        await pub.ConnectAsync(proxy.Frontend);
        await pub.PeerAsync();
        await sub.ConnectAsync(proxy.Backend);

        sub.Subscribe("A");
        Assert.Equal("\u0001A", await pub.TextAsync());
        byte[] large = new byte[1 << 20];
        large[0] = 2;
        await sub.SendFramesAsync([2], [], large);
        Assert.Equal([1, 0, 1 << 20], (await pub.ReceiveFramesAsync()).Select(frame => frame.Length));
        await pub.SendAsync("B", TestTimeout.Token);
        await pub.SendFramesAsync([0x41], [], large);
        Assert.Equal([1, 0, 1 << 20], (await sub.ReceiveFramesAsync()).Select(frame => frame.Length));
        sub.Unsubscribe("A");
        Assert.Equal("\u0000A", await pub.TextAsync());
    }

    /// <summary>Verbose all the way, each subscriber is greeted with the last value, whoever has the topic already.</summary>
    [Theory]
    [Spec("PUBSUB-28", "PUBSUB-55")]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task LIBZMQ_ChainOfProxies_EachSubscriberIsGreetedWithTheLastValue(bool curve, bool isOursFirst)
    {
        using var theirs = new LibZmqProxy(
            LibZmqSocketType.XSub, LibZmqSocketType.XPub, Secure(curve), backend => backend.Set(LibZmqOption.XPubVerboser, 1));
        await using var xsub = new XSubSocket(_contexts.Ours, _contexts.Options(curve, serve: isOursFirst));
        await using var xpub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: !isOursFirst) with { XPubVerboser = true });
        _ = ZmtpProxy.RunAsync(xsub, xpub, capture: null, _stop.Token);
        await using var source = new XPubSocket(_contexts.Ours, _contexts.Options(curve) with { XPubVerbose = true });
        string last = theirs.Backend;
        if (isOursFirst)
        {
            await source.ConnectAsync(await xsub.BindAsync("tcp://127.0.0.1:*"));
            await xpub.ConnectAsync(theirs.Frontend);
            await xpub.PeerAsync();
        }
        else
        {
            await source.ConnectAsync(theirs.Frontend);
            await xsub.ConnectAsync(theirs.Backend);
            await xsub.PeerAsync();
            last = await xpub.BindAsync("tcp://127.0.0.1:*");
        }

        await source.PeerAsync();
        var subs = new List<LibZmqSocket>();
        for (int i = 0; i < 3; i++)
        {
            var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
            sub.Connect(last);
            subs.Add(sub);
            Assert.Equal("\u0001A", await source.TextAsync());
            await source.SendAsync($"A{i}", TestTimeout.Token);
            for (int j = 0; j <= i; j++) Assert.Equal([$"A{i}"], await subs[j].ReceiveTextAsync());
        }

        subs.ForEach(sub => sub.Dispose());

        // What comes as three SUBSCRIBE of one XSUB goes as one CANCEL. Ours shows as many ends as beginnings all the same; behind libzmq's the next XSUB
        // goes on counting two.
        if (isOursFirst) Assert.Equal("\u0000A", await source.TextAsync());
    }

    [Theory]
    [Spec("PUBSUB-29", "PUBSUB-57")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PublisherAndSubscriberAtOurProxyComeBack_AreServedAgain(bool curve)
    {
        var (frontend, backend) = await RunOursAsync(curve);
        for (int i = 0; i < 2; i++)
        {
            var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
            sub.Connect(backend);
            for (int j = 0; j < 2; j++)
            {
                var pub = _contexts.Socket(LibZmqSocketType.XPub, curve, serve: false);
                pub.Connect(frontend);
                Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
                await pub.SendAsync($"A{i}{j}");
                Assert.Equal([$"A{i}{j}"], await sub.ReceiveTextAsync());
                if (j == 1)
                {
                    sub.Dispose();
                    Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
                }

                pub.Dispose();
            }
        }
    }

    /// <summary>A proxy of ours; where publishers and subscribers connect to.</summary>
    private async Task<(string Frontend, string Backend)> RunOursAsync(bool curve)
    {
        var options = _contexts.Options(curve, serve: true);
        var xsub = new XSubSocket(_contexts.Ours, options);
        var xpub = new XPubSocket(_contexts.Ours, options);
        _ = ZmtpProxy.RunAsync(xsub, xpub, capture: null, _stop.Token);
        return (await xsub.BindAsync("tcp://127.0.0.1:*"), await xpub.BindAsync("tcp://127.0.0.1:*"));
    }

    private static Action<LibZmqSocket> Secure(bool curve) => socket =>
    {
        if (curve) socket.CurveServer(LibZmqKeys.TestServer);
    };
}
