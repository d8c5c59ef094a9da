using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Our XPUB towards libzmq's SUB and XSUB: what its application hears, and what they get.</summary>
public sealed class LibZmqXPubTests : DisposedTests
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
                    foreach (int length in new[] { 0, 245, 254, 255, 256, 300, 1000 })
                    {
                        // Those versions send a broken header there: LIBZMQ_SubWithALongTopic_IsServedOrItsBrokenHeaderIsNamed.
                        bool broken = !curve && length is >= 246 and <= 255 && LibZmqContext.Version is { Major: 4, Minor: 3, Build: 3 or 4 };
                        if (!broken) data.Add(curve, weBind, length);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [Spec("PUBSUB-26", "PUBSUB-27", "PUBSUB-21")]
    [MemberData(nameof(Lengths))]
    public async Task LIBZMQ_SubOfOurXPub_ItsTopicsAreReceivedAndServed(bool curve, bool weBind, int length)
    {
        string topic = new('t', length);
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: weBind));
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: !weBind).Set(LibZmqOption.Subscribe, topic);
        await JoinAsync(pub, sub, weBind);

        Assert.Equal("\u0001" + topic, await sub.WhileWatchedAsync(pub.TextAsync()));
        await pub.SendAsync(topic + "1", TestTimeout.Token);
        Assert.Equal([topic + "1"], await sub.ReceiveTextAsync());
        sub.Set(LibZmqOption.Unsubscribe, topic).Set(LibZmqOption.Subscribe, "z");
        Assert.Equal("\u0000" + topic, await pub.TextAsync());
        Assert.Equal("\u0001z", await pub.TextAsync());
        await pub.SendAsync(topic + "2", TestTimeout.Token);
        await pub.SendAsync("z", TestTimeout.Token);
        Assert.Equal(["z"], await sub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("PUBSUB-15", "PUBSUB-25", "PUBSUB-20")]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task LIBZMQ_XSubOfOurXPub_LargeMessagesGoBothWaysInOrderWithItsSubscriptions(bool curve, bool weBind)
    {
        byte[][] large = [Octets.Text("large"), [], new byte[1 << 20], [1]];
        new Random(1).NextBytes(large[2]);
        large[2][0] = 2;
        byte[][] upstream = [Octets.Text("up"), [], large[2]];
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: weBind));
        var sub = _contexts.Socket(LibZmqSocketType.XSub, curve, serve: !weBind);
        await JoinAsync(pub, sub, weBind);

        // Where it is bound it hears of its peer after us, and drops a message until then. A subscription waits for the peer.
        await sub.SendAsync("\u0001joined");
        Assert.Equal("\u0001joined", await pub.TextAsync());

        await sub.SendAsync(upstream);
        await sub.SendAsync("\u0001l");
        await sub.SendAsync("");
        await sub.SendAsync(upstream);
        await sub.SendAsync("\u0000l");
        await sub.SendAsync("\u0001large");

        Same(upstream, await pub.ReceiveFramesAsync());
        Assert.Equal("\u0001l", await pub.TextAsync());
        Same([[]], await pub.ReceiveFramesAsync());
        Same(upstream, await pub.ReceiveFramesAsync());
        Assert.Equal("\u0000l", await pub.TextAsync());
        Assert.Equal("\u0001large", await pub.TextAsync());
        await pub.SendAsync("little", TestTimeout.Token);
        await pub.SendFramesAsync(large);
        Same(large, (await sub.ReceiveAsync()).Frames);
    }

    /// <summary>libzmq takes each such frame for a subscription of its own, at both ends. Here a subscription is a message of one frame.</summary>
    [Theory]
    [Spec("PUBSUB-25")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_XSubSendsSeveralFramesThatBeginAsASubscriptionDoes_AreAMessageToOurXPub(bool curve)
    {
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        var sub = _contexts.Socket(LibZmqSocketType.XSub, curve, serve: false);
        await JoinAsync(pub, sub, weBind: true);

        await sub.SendAsync("\u0001A", "B");
        await sub.SendAsync("C", "\u0001D");

        Same([Octets.Text("\u0001A"), Octets.Text("B")], await pub.ReceiveFramesAsync());
        Same([Octets.Text("C"), Octets.Text("\u0001D")], await pub.ReceiveFramesAsync());
    }

    [Theory]
    [Spec("PUBSUB-28", "PUBSUB-29")]
    [InlineData(false, false, "1A")]
    [InlineData(true, false, "1A 1A")]
    [InlineData(false, true, "1A 1A 0A")]
    [InlineData(true, true, "1A 1A 0A")]
    public async Task LIBZMQ_TwoSubsOfOneTopic_AreShownAsOurSettingsSay(bool verbose, bool verboser, string shown)
    {
        await using var pub = new XPubSocket(
            _contexts.Ours, _contexts.Options(curve: false) with { XPubVerbose = verbose, XPubVerboser = verboser });
        string endpoint = await pub.BindAsync("tcp://127.0.0.1:*");
        using var events = new SocketEvents(pub);
        var heard = new List<string>();

        // One after the other: what is heard of it is in the order in which the peers' queues are taken.
        var first = _contexts.Theirs.Socket(LibZmqSocketType.Sub).Set(LibZmqOption.Subscribe, "A").Set(LibZmqOption.Subscribe, "1");
        first.Connect(endpoint);
        await HearUntilAsync(pub, heard, "\u00011");
        var second = _contexts.Theirs.Socket(LibZmqSocketType.Sub).Set(LibZmqOption.Subscribe, "A").Set(LibZmqOption.Subscribe, "2");
        second.Connect(endpoint);
        await HearUntilAsync(pub, heard, "\u00012");
        first.Dispose();
        await HearUntilAsync(pub, heard, "\u00001");
        await events.NextAsync(SocketEventKind.Disconnected);
        while (pub.TryReceive(out var message)) Keep(message, heard);
        Assert.Equal(shown.Split(' ').Order(), heard.Order());

        heard.Clear();
        second.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);
        while (heard.Count < 2) Keep(await pub.ReceiveAsync(TestTimeout.Token), heard);
        Assert.Equal(["02", "0A"], heard.Order());
    }

    /// <summary>
    /// libzmq's SUB sends a SUBSCRIBE for each, but one CANCEL, for the last. Our XPUB counts, as RFC 29 has it, and so goes on until that peer is gone.
    /// </summary>
    [Theory]
    [Spec("PUBSUB-28", "PUBSUB-29")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubThatSubscribedTwiceAndCancelledTwice_IsASubscriberOfOurXPubUntilItGoes(bool curve)
    {
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false);
        await JoinAsync(pub, sub, weBind: true);
        foreach (string topic in new[] { "A", "A", "Z" }) sub.Set(LibZmqOption.Subscribe, topic);
        foreach (string topic in new[] { "A", "A", "Z" }) sub.Set(LibZmqOption.Unsubscribe, topic);

        foreach (string notice in new[] { "\u0001A", "\u0001Z", "\u0000Z" }) Assert.Equal(notice, await pub.TextAsync());
        sub.Dispose();
        Assert.Equal("\u0000A", await pub.TextAsync());
    }

    /// <summary>Each is heard of, though others have the topic: the source publishes the last value once more.</summary>
    [Theory]
    [Spec("PUBSUB-27", "PUBSUB-28")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubsThatComeLate_AreGreetedWithTheLastValueByOurVerboseXPub(bool curve)
    {
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: true) with { XPubVerbose = true });
        string endpoint = await pub.BindAsync("tcp://127.0.0.1:*");
        for (int i = 0; i < 3; i++)
        {
            var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
            sub.Connect(endpoint);
            Assert.Equal("\u0001A", await pub.TextAsync());
            await pub.SendAsync($"A{i}", TestTimeout.Token);
            Assert.Equal([$"A{i}"], await sub.ReceiveTextAsync());
        }
    }

    [Theory]
    [Spec("PUBSUB-29", "PUBSUB-18")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubThatComesBack_IsHeardToGoAndToComeAndGetsWhatItAsksFor(bool curve)
    {
        await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        await using var relay = Relay.To(await pub.BindAsync("tcp://127.0.0.1:*"));
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
        sub.Connect(relay.Endpoint);
        Assert.Equal("\u0001A", await pub.TextAsync());

        relay.Cut();

        Assert.Equal("\u0000A", await pub.TextAsync());
        Assert.Equal("\u0001A", await sub.WhileWatchedAsync(pub.TextAsync()));
        await pub.SendAsync("A1", TestTimeout.Token);
        Assert.Equal(["A1"], await sub.ReceiveTextAsync());
    }

    [Theory]
    [Spec("PUBSUB-26")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubOfOurXPubThatComesBack_IsHeardBySuccessorToo(bool curve)
    {
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
        string endpoint = "tcp://127.0.0.1:*";
        for (int i = 0; i < 2; i++)
        {
            await using var pub = new XPubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
            endpoint = await pub.BindAsync(endpoint);
            if (i == 0) sub.Connect(endpoint);
            Assert.Equal("\u0001A", await sub.WhileWatchedAsync(pub.TextAsync()));
            await pub.SendAsync($"A{i}", TestTimeout.Token);
            Assert.Equal([$"A{i}"], await sub.ReceiveTextAsync());
        }
    }

    private static async Task JoinAsync(XPubSocket pub, LibZmqSocket sub, bool weBind)
    {
        if (weBind) sub.Connect(await pub.BindAsync("tcp://127.0.0.1:*"));
        else await pub.ConnectAsync(sub.Bind());
        await pub.PeerAsync();
    }

    /// <summary>Receives up to a notice, and keeps those of topic A.</summary>
    private static async Task HearUntilAsync(XPubSocket pub, List<string> heard, string last)
    {
        string text;
        while ((text = await pub.TextAsync()) != last) heard.Add($"{(int)text[0]}{text[1..]}");
    }

    private static void Keep(Message message, List<string> heard)
    {
        string text = message.AsString();
        message.Dispose();
        heard.Add($"{(int)text[0]}{text[1..]}");
    }

    private static void Same(IEnumerable<byte[]> expected, IEnumerable<byte[]> actual) =>
        Assert.Equal(expected.Select(frame => Octets.ToHex(frame)), actual.Select(frame => Octets.ToHex(frame)));
}
