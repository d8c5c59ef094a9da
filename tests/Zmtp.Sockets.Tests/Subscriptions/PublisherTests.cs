using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>PUB towards scripted subscribers: which messages reach the wire.</summary>
public class PublisherTests
{
    [Theory]
    [InlineData(0, Octets.LegacySubscribeA)]
    [InlineData(1, Octets.LegacySubscribeA)]
    [InlineData(1, Octets.SubscribeA)]
    [InlineData(0, Octets.SubscribeA)]
    [Spec("ZMTP30-82", "ZMTP31-22", "ZMTP31-26", "PUBSUB-08", "PUBSUB-12", "PUBSUB-13")]
    public async Task PUB_SubscribedToA_OnlyMatchingMessagesReachTheWire(int minor, string subscribe)
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB", minor: minor);
        await SendAsync(raw, subscribe);
        await sut.Socket.SendAsync("B1");
        await sut.Socket.SendAsync("A1");
        await raw.ExpectAsync("00 02 41 31");
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData(Octets.LegacySubscribeA, Octets.LegacyCancelA)]
    [InlineData(Octets.SubscribeA, Octets.CancelA)]
    [InlineData(Octets.SubscribeA, Octets.LegacyCancelA)]
    [Spec("ZMTP30-88", "ZMTP31-24", "PUBSUB-12")]
    public async Task PUB_SubscribedTwiceCancelledOnce_StillDelivers(string subscribe, string cancel)
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await SendAsync(raw, subscribe + subscribe + cancel);
        await sut.Socket.SendAsync("A1");
        await raw.ExpectAsync("00 02 41 31");
        await SendAsync(raw, cancel);
        await sut.Socket.SendAsync("A2");
        await raw.ExpectOpenAsync();
    }

    /// <summary>libzmq's and NetMQ's XSUB pass on each SUBSCRIBE and take all of them back with one CANCEL.</summary>
    [Fact]
    [Spec("ZMTP30-88", "ZMTP31-24")]
    public async Task PUB_XSubSubscribedTwiceAndCancelledOnce_IsSentNothing()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XSUB");
        await SendAsync(raw, Octets.SubscribeA + Octets.SubscribeA + Octets.CancelA);
        await sut.Socket.SendAsync("A1");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP30-88", "ZMTP31-24")]
    public async Task PUB_TwoTopicsMatch_OneCopyIsSent()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await SendAsync(raw, Octets.SubscribeAll + Octets.SubscribeA);
        await sut.Socket.SendAsync("A1");
        await raw.ExpectAsync("00 02 41 31");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP30-86", "ZMTP31-23", "PUBSUB-09")]
    public async Task PUB_TopicAB_MatchesWhatBeginsWithItInTheFirstFrame()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await raw.SendAsync(Octets.Subscribe("AB"));
        await raw.ExpectOpenAsync();
        foreach (string body in new[] { "A", "BAB", "", "AB", "ABC" }) await sut.Socket.SendAsync(body);
        await sut.Socket.SendAsync(Message.Of("x", "AB"));
        await sut.Socket.SendAsync(Message.Of("AB", "x"));
        await raw.ExpectAsync("00 02 41 42  00 03 41 42 43  01 02 41 42 00 01 78");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-09", "PUBSUB-07")]
    public async Task PUB_BinaryTopic_MatchesOctetByOctet()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await SendAsync(raw, "04 0C 09 53 55 42 53 43 52 49 42 45 00 FF");
        await sut.Socket.SendAsync(Octets.Hex("00 FE 01"));
        await sut.Socket.SendAsync(Octets.Hex("00 FF 01"));
        await raw.ExpectAsync("00 03 00 FF 01");
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData("00 01 01")]
    [InlineData(Octets.SubscribeAll)]
    [Spec("ZMTP30-87", "ZMTP31-23")]
    public async Task PUB_EmptyTopic_MatchesAllEvenTheEmptyMessage(string subscribe)
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB");
        await SendAsync(raw, subscribe);
        await sut.Socket.SendAsync("");
        await sut.Socket.SendAsync("B1");
        await raw.ExpectAsync("00 00  00 02 42 31");
    }

    [Fact]
    [Spec("PUBSUB-06", "PUBSUB-13", "PUBSUB-01")]
    [Lesson("T12")]
    public async Task PUB_MessageFromSubscriber_IsDroppedAndConnectionStaysOpen()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XSUB");
        await SendAsync(raw, Octets.SubscribeAll + "00 01 41  00 00  01 02 01 41 00 01 42");
        await sut.Socket.SendAsync("A1");
        await raw.ExpectAsync("00 02 41 31");
        await raw.ExpectOpenAsync();
        Assert.DoesNotContain(typeof(PubSocket).GetMethods(), method => method.Name.Contains("Receive", StringComparison.Ordinal));
    }

    /// <summary>A topic in a message may be as long as in a command, and no longer.</summary>
    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x01, false)]
    [InlineData(0x00, true)]
    [InlineData(0x01, true)]
    public async Task PUB_SubscriptionInAMessageOfTheGreatestLengthAndAboveIt_IsTakenAndRefused(byte kind, bool isAbove)
    {
        const int longest = (64 * 1024) - 10;
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB", minor: 0);
        byte[] topic = new byte[longest + (isAbove ? 1 : 0)];
        var length = topic.Length + 1;
        await raw.SendAsync([0x02, 0, 0, 0, 0, 0, (byte)(length >> 16), (byte)(length >> 8), unchecked((byte)length), kind, .. topic]);
        if (!isAbove)
        {
            await raw.ExpectOpenAsync();
            await sut.Socket.SendAsync(topic);
            if (kind == 0x01) Assert.Equal(topic, (await raw.ReadMessageAsync())[0]);
            await raw.ExpectOpenAsync();
            return;
        }

        await raw.ExpectCloseAsync();
        var lost = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.FrameTooLarge, Assert.IsType<ZmtpProtocolException>(lost.Error).Error);
    }

    [Fact]
    [Spec("PUBSUB-02", "PUBSUB-10", "PUBSUB-11", "PUBSUB-05", "PUBSUB-14", "PUBSUB-07")]
    public async Task PUB_SubscriberStalls_OthersGetAllAndItMissesWholeMessages()
    {
        const int count = 300;
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick with
        {
            SendHighWaterMark = 10,
            Transport = new() { SendBufferSize = 16 * 1024 },
        }));
        var slow = await sut.RawConnectsAsync();
        slow.LimitReceiveBuffer(16 * 1024);
        await slow.Handshake31Async("SUB");
        await SendAsync(slow, Octets.SubscribeAll);
        var quick = await sut.PeerConnectsAsync("SUB");
        await SendAsync(quick, Octets.SubscribeAll);

        byte[] filler = new byte[10_000];
        for (int i = 0; i < count; i++)
        {
            Assert.True(sut.Socket.TrySend(Message.Create().Append([(byte)(i >> 8), (byte)(i & 0xFF)]).Append(filler)));
            var frames = await quick.ReadMessageAsync();
            Assert.Equal(i, (frames[0][0] << 8) | frames[0][1]);
        }

        List<int> received = [];
        await slow.SendAsync(Octets.PingLol);
        while (true)
        {
            var first = await slow.ReadFrameAsync();
            if (first.CommandName == "PONG") break;
            Assert.Equal(0x01, first.Flags);
            received.Add((first.Body[0] << 8) | first.Body[1]);
            var second = await slow.ReadFrameAsync();
            Assert.Equal(0x02, second.Flags);
            Assert.Equal(filler.Length, second.Body.Length);
        }

        Assert.InRange(received.Count, 1, count - 1);
        Assert.Equal(received.Order(), received);
    }

    [Fact]
    [Spec("PUBSUB-11")]
    public async Task PUB_OnlySubscriberStalls_BlockingSendsOfLargeMessagesReturnAtOnce()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "SUB");
        await SendAsync(stalled, Octets.SubscribeAll);
        byte[] body = new byte[64 * 1024];

        await Blocking.RunAsync(() =>
        {
            for (int i = 0; i < 200; i++) sut.Socket.Send(body);
        }).WithinAsync();

        int came = 0;
        while ((await stalled.ReadMessageAsync())[0].Length == body.Length)
        {
            came++;
            sut.Socket.Send("there is room again");
        }

        Assert.InRange(came, Stalling.Options.SendHighWaterMark, 50);
    }

    [Fact]
    [Spec("PUBSUB-03")]
    public async Task PUB_ConnectedToSubscriberThatComesBack_SendsWhatItMissedAndForgetsItsSubscriptions()
    {
        await using var sut = Sut.Create(context => new PubSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "SUB");
        await SendAsync(raw, Octets.SubscribeA);
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        for (int i = 0; i < 5; i++) await sut.Socket.SendAsync($"A{i}");

        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "SUB", settle: false);
        await raw.ExpectAsync("00 02 41 30  00 02 41 31  00 02 41 32  00 02 41 33  00 02 41 34");
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync("A5");
        await raw.ExpectOpenAsync();
        await SendAsync(raw, Octets.SubscribeA);
        await sut.Socket.SendAsync("A6");
        await raw.ExpectAsync("00 02 41 36");
    }

    [Fact]
    [Spec("PUBSUB-04")]
    public async Task PUB_BoundAndSubscriberLeaves_QueueAndSubscriptionsGoWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "SUB");
        await SendAsync(stalled, Octets.SubscribeA);
        byte[] body = [(byte)'A', .. new byte[64 * 1024]];
        for (int i = 0; i < 200; i++) Assert.True(sut.Socket.TrySend(body));
        Assert.True(sut.Socket.HasTopics());

        stalled.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.ExpectNoTopicsAsync();
        await sut.Socket.SendAsync("A1");

        var next = await sut.PeerConnectsAsync("SUB");
        await sut.Socket.SendAsync("A2");
        await next.ExpectOpenAsync();
        await SendAsync(next, Octets.SubscribeA);
        await sut.Socket.SendAsync("A3");
        await next.ExpectAsync("00 02 41 33");
        await next.ExpectOpenAsync();
    }

    /// <summary>Sends subscriptions and waits until they are in force.</summary>
    private static async Task SendAsync(RawPeer raw, string hex)
    {
        await raw.SendAsync(hex);
        await raw.ExpectOpenAsync();
    }
}
