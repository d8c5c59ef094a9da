using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Topics that are subscribed to twice, and topics as long as SUBSCRIBE's short form and longer.</summary>
public sealed class LibZmqSubscriptionTests : DisposedTests
{
    private const int Long = 1000;

    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    public static TheoryData<bool, int> Lengths
    {
        get
        {
            var data = new TheoryData<bool, int>();
            foreach (int length in new[] { 245, 246, 248, 249, 250, 254, 255, 256, 300 })
            {
                data.Add(false, length);
                data.Add(true, length);
            }

            return data;
        }
    }

    /// <summary>
    /// libzmq's SUB sends a SUBSCRIBE for each, but one CANCEL, for the last. Our PUB counts, as RFC 29 has it, and so goes on sending
    /// what libzmq's end then drops.
    /// </summary>
    [Theory]
    [Spec("ZMTP30-88", "ZMTP31-24")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubThatSubscribedTwiceAndCancelledOnce_IsStillSentTheTopicAndDropsIt(bool curve)
    {
        await using var pub = new PubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        await using var relay = Relay.To(await pub.BindAsync("tcp://127.0.0.1:*"));
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false);
        sub.Connect(relay.Endpoint);
        await pub.PeerAsync();

        // What it subscribed to before there is a connection it would send but once.
        foreach (string topic in new[] { "A", "A", "Z" }) sub.Set(LibZmqOption.Subscribe, topic);
        await pub.HeardAsync(sub, "Z");
        sub.Set(LibZmqOption.Unsubscribe, "A").Set(LibZmqOption.Subscribe, "Y");
        await pub.HeardAsync(sub, "Y");
        await pub.SendAsync("A1", TestTimeout.Token);
        Assert.Equal(["A1"], await sub.ReceiveTextAsync());

        sub.Set(LibZmqOption.Unsubscribe, "A").Set(LibZmqOption.Subscribe, "X");
        await pub.HeardAsync(sub, "X");
        int before = relay.SentByServer().Length;
        await pub.SendAsync("A2" + new string('a', Long), TestTimeout.Token);
        await pub.SendAsync("Z-last", TestTimeout.Token);

        Assert.Equal(["Z-last"], await sub.ReceiveTextAsync());
        Assert.InRange(relay.SentByServer().Length - before, Long, 2 * Long);
        Assert.Equal(1, relay.ConnectionCount);
    }

    [Theory]
    [Spec("ZMTP30-88", "ZMTP31-20", "ZMTP31-21")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_TopicThatWeSubscribeToTwice_IsSentToItsPublisherOnceAndTakenBackOnce(bool curve)
    {
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve).Set(LibZmqOption.XPubVerboser, 1);
        await using var sub = new SubSocket(_contexts.Ours, _contexts.Options(curve));
        await sub.ConnectAsync(pub.Bind());

        foreach (string topic in new[] { "A", "A", "Z" }) sub.Subscribe(topic);
        Assert.Equal(["\u0001A"], await pub.ReceiveTextAsync());
        Assert.Equal(["\u0001Z"], await pub.ReceiveTextAsync());

        sub.Unsubscribe("A");
        sub.Subscribe("Y");
        Assert.Equal(["\u0001Y"], await pub.ReceiveTextAsync());
        await pub.SendAsync("A1");
        Assert.Equal("A1", await sub.TextAsync());

        sub.Unsubscribe("A");
        Assert.Equal(["\u0000A"], await pub.ReceiveTextAsync());
        await pub.SendAsync("A2");
        await pub.SendAsync("Z1");
        Assert.Equal("Z1", await sub.TextAsync());
    }

    /// <summary>libzmq 4.3.3 and 4.3.4 send a SUBSCRIBE of 256 to 265 octets with the header of an empty command, except in a CURVE box.</summary>
    [Theory]
    [Spec("ZMTP30-85", "ZMTP31-25")]
    [MemberData(nameof(Lengths))]
    public async Task LIBZMQ_SubWithALongTopic_IsServedOrItsBrokenHeaderIsNamed(bool curve, int length)
    {
        string topic = new('t', length);
        bool broken = !curve && length is >= 246 and <= 255 && LibZmqContext.Version is { Major: 4, Minor: 3, Build: 3 or 4 };
        await using var pub = new PubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        using var events = new SocketEvents(pub);
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false);
        sub.Set(LibZmqOption.Subscribe, topic);
        sub.Connect(await pub.BindAsync("tcp://127.0.0.1:*"));
        if (broken)
        {
            await NamedAgainAndAgainAsync(pub, sub, events);
            return;
        }

        await pub.HeardAsync(sub, topic);
        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);
    }

    [Theory]
    [Spec("ZMTP30-85", "ZMTP31-25")]
    [MemberData(nameof(Lengths))]
    public async Task LIBZMQ_LongTopicOfOurs_ReachesItsPublisherAndIsTakenBack(bool curve, int length)
    {
        string topic = new('t', length);
        var pub = _contexts.Socket(LibZmqSocketType.XPub, curve);
        await using var sub = new SubSocket(_contexts.Ours, _contexts.Options(curve));
        sub.Subscribe(topic);
        await sub.ConnectAsync(pub.Bind());

        Assert.Equal(["\u0001" + topic], await pub.ReceiveTextAsync());
        await pub.SendAsync(topic + "1");
        Assert.Equal(topic + "1", await sub.TextAsync());
        sub.Unsubscribe(topic);
        Assert.Equal(["\u0000" + topic], await pub.ReceiveTextAsync());
    }

    /// <summary>libzmq comes back and subscribes again when somebody waits at its socket, which may be for ever.</summary>
    private static async Task NamedAgainAndAgainAsync(PubSocket pub, LibZmqSocket sub, SocketEvents events)
    {
        using var named = new CancellationTokenSource();
        var reading = sub.OnThreadAsync(socket =>
        {
            while (!named.IsCancellationRequested) Assert.False(socket.HasMessageWithin(TimeSpan.FromMilliseconds(10)));
        });
        try
        {
            for (int i = 0; i < 3; i++)
            {
                var end = await events.NextAsync(SocketEventKind.Disconnected);
                Assert.Equal(ProtocolError.MalformedCommand, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
                Assert.InRange(pub.PeerCount, 0, 1);
            }
        }
        finally
        {
            await named.CancelAsync();
            await reading.WithinAsync();
        }
    }
}
