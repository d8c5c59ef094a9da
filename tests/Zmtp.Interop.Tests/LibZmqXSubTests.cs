using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Our XSUB towards libzmq's PUB and XPUB: what they hear, and what it gets.</summary>
public sealed class LibZmqXSubTests : DisposedTests
{
    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    public static TheoryData<bool, bool, int> Lengths
    {
        get
        {
            var data = new TheoryData<bool, bool, int>();
            foreach (bool curve in new[] { false, true })
            {
                foreach (bool weBind in new[] { false, true })
                {
                    foreach (int length in new[] { 0, 245, 254, 255, 256, 300, 1000 }) data.Add(curve, weBind, length);
                }
            }

            return data;
        }
    }

    [Theory]
    [Spec("PUBSUB-54", "PUBSUB-55")]
    [MemberData(nameof(Lengths))]
    public async Task LIBZMQ_XPubOfOurXSub_HearsItsTopicsAndServesThem(bool curve, bool weBind, int length)
    {
        string topic = new('t', length);
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve, serve: weBind));
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve, serve: !weBind);
        await JoinAsync(sub, pub, weBind);

        await sub.SendAsync("\u0001" + topic, TestTimeout.Token);
        Assert.Equal(["\u0001" + topic], await pub.ReceiveTextAsync());
        await pub.SendAsync(topic + "1");
        Assert.Equal(topic + "1", await sub.TextAsync());
        await sub.SendAsync("\u0000" + topic, TestTimeout.Token);
        sub.Subscribe("z");
        Assert.Equal(["\u0000" + topic], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0001z"], await pub.ReceiveTextAsync());
        await pub.SendAsync(topic + "2");
        await pub.SendAsync("z");
        Assert.Equal("z", await sub.TextAsync());
    }

    [Theory]
    [Spec("PUBSUB-41", "PUBSUB-46", "PUBSUB-50")]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task LIBZMQ_XPubOfOurXSub_LargeMessagesGoBothWaysInOrderWithSubscriptions(bool curve, bool weBind)
    {
        byte[][] large = [Octets.Text("large"), [], new byte[1 << 20], [1]];
        new Random(1).NextBytes(large[2]);
        large[2][0] = 2;
        byte[][] upstream = [Octets.Text("up"), [], large[2]];
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve, serve: weBind));
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve, serve: !weBind);
        await JoinAsync(sub, pub, weBind);

        await sub.SendFramesAsync(upstream);
        sub.Subscribe("large");
        await sub.SendAsync("", TestTimeout.Token);
        await sub.SendFramesAsync(upstream);

        Same(upstream, (await pub.ReceiveAsync()).Frames);
        Assert.Equal(["\u0001large"], await pub.ReceiveTextAsync());
        Same([[]], (await pub.ReceiveAsync()).Frames);
        Same(upstream, (await pub.ReceiveAsync()).Frames);
        await pub.SendAsync("little");
        await pub.SendAsync(large);
        Same(large, await sub.ReceiveFramesAsync());
    }

    /// <summary>PUB has no application to take them.</summary>
    [Theory]
    [Spec("PUBSUB-41", "PUBSUB-51")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PubAndXPubOfOurXSub_TheOneDropsItsMessagesTheOtherReceivesThem(bool curve)
    {
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve));
        var pub = _contexts.Socket(LibZmqSocketType.Pub, curve);
        var xpub = _contexts.Socket(LibZmqSocketType.XPub, curve);
        await sub.ConnectAsync(pub.Bind());
        await sub.ConnectAsync(xpub.Bind());
        await sub.SendAsync("up", TestTimeout.Token);
        sub.Subscribe("A");

        Assert.Equal(["up"], await xpub.ReceiveTextAsync());
        Assert.Equal(["\u0001A"], await xpub.ReceiveTextAsync());
        var heard = sub.TextAsync();
        do await pub.SendAsync("A of PUB");
        while (await Task.WhenAny(heard, Task.Delay(10)) != heard);
        Assert.Equal("A of PUB", await heard);
    }

    /// <summary>libzmq's decision, too: who greets each subscriber with the last value must hear of each, through all proxies between.</summary>
    [Theory]
    [Spec("PUBSUB-55")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_VerboseXPub_HearsEachSubscriptionOfOurXSubAndTheEndWithTheLast(bool verboser)
    {
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve: false));
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve: false).Set(verboser ? LibZmqOption.XPubVerboser : LibZmqOption.XPubVerbose, 1);
        await sub.ConnectAsync(pub.Bind());
        await sub.PeerAsync();

        foreach (string topic in new[] { "A", "A", "Z" }) sub.Subscribe(topic);
        foreach (string notice in new[] { "\u0001A", "\u0001A", "\u0001Z" }) Assert.Equal([notice], await pub.ReceiveTextAsync());
        sub.Unsubscribe("A");
        sub.Unsubscribe("Z");
        Assert.Equal(["\u0000Z"], await pub.ReceiveTextAsync());
        await pub.SendAsync("A1");
        Assert.Equal("A1", await sub.TextAsync());
        sub.Unsubscribe("A");
        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("PUBSUB-57", "PUBSUB-43")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_XPubThatComesBack_IsSubscribedToAgainByOurXSub(bool curve)
    {
        var first = _contexts.Socket(LibZmqSocketType.XPub, curve);
        string endpoint = first.Bind();
        await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve));
        using var events = new SocketEvents(sub);
        sub.Subscribe("A");
        sub.Subscribe("A");
        await sub.ConnectAsync(endpoint);
        Assert.Equal(["\u0001A"], await first.ReceiveTextAsync());

        first.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);
        await sub.SendAsync("meanwhile", TestTimeout.Token);
        var second = _contexts.Socket(LibZmqSocketType.XPub, curve);
        await second.BindEventuallyAsync(endpoint);

        var heard = new[] { (await second.ReceiveTextAsync())[0], (await second.ReceiveTextAsync())[0] };
        Assert.Equal(["\u0001A", "meanwhile"], heard.Order(StringComparer.Ordinal));
        await second.SendAsync("A1");
        Assert.Equal("A1", await sub.TextAsync());
    }

    /// <summary>libzmq's XPUB that has connected does not tell its application that we have gone and come again; it serves us all the same.</summary>
    [Theory]
    [Spec("PUBSUB-44", "PUBSUB-57")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_XPubOfOurXSubThatComesBack_ServesItsSuccessor(bool curve)
    {
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve, serve: false);
        string endpoint = "tcp://127.0.0.1:*";
        for (int i = 0; i < 2; i++)
        {
            await using var sub = new XSubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
            sub.Subscribe("A");
            endpoint = await sub.BindAsync(endpoint);
            if (i == 0) pub.Connect(endpoint);
            if (i == 0) Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
            var heard = sub.TextAsync();
            do await pub.SendAsync("A" + i);
            while (await Task.WhenAny(heard, Task.Delay(10)) != heard);
            Assert.Equal("A" + i, await heard);
        }
    }

    private static async Task JoinAsync(XSubSocket sub, LibZmqSocket pub, bool weBind)
    {
        if (weBind) pub.Connect(await sub.BindAsync("tcp://127.0.0.1:*"));
        else await sub.ConnectAsync(pub.Bind());
        await sub.PeerAsync();
    }

    private static void Same(IEnumerable<byte[]> expected, IEnumerable<byte[]> actual) =>
        Assert.Equal(expected.Select(frame => Octets.ToHex(frame)), actual.Select(frame => Octets.ToHex(frame)));
}
