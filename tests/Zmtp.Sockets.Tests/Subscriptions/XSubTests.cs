using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>XSUB towards scripted publishers: what they are told, and what its application receives.</summary>
public class XSubTests
{
    [Theory]
    [InlineData(1, Octets.SubscribeA, Octets.CancelA)]
    [InlineData(0, Octets.LegacySubscribeA, Octets.LegacyCancelA)]
    [Spec("PUBSUB-54", "PUBSUB-55")]
    public async Task XSUB_ApplicationSendsSubscriptions_PublishersAreTold(int minor, string subscribe, string cancel)
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XPUB", minor: minor);
        await sut.Socket.SendAsync(Octets.Hex("01 41"));
        await raw.ExpectAsync(subscribe);
        await sut.Socket.SendAsync(Message.Create().Append(Octets.Hex("00 41")));
        await raw.ExpectAsync(cancel);
        sut.Socket.Subscribe("A");
        await raw.ExpectAsync(subscribe);
        sut.Socket.Unsubscribe("A");
        await raw.ExpectAsync(cancel);
        await sut.Socket.SendAsync(Octets.Hex("00 41"));
        await raw.ExpectOpenAsync();
    }

    /// <summary>Each SUBSCRIBE is passed on, for publishers that greet; CANCEL when nobody wants the topic, and once: to libzmq's one too many is another's.</summary>
    [Fact]
    [Spec("PUBSUB-55")]
    public async Task XSUB_SameTopicTwice_IsToldTwiceAndTakenBackOnceWithTheLast()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XPUB");
        sut.Socket.Subscribe("A");
        sut.Socket.Subscribe("A");
        await raw.ExpectAsync(Octets.SubscribeA + Octets.SubscribeA);
        sut.Socket.Unsubscribe("A");
        await raw.ExpectOpenAsync();
        sut.Socket.Unsubscribe("A");
        await raw.ExpectAsync(Octets.CancelA);
        await raw.ExpectOpenAsync();
    }

    /// <summary>Whose subscribers they are decides how many there are, where a proxy passes them on.</summary>
    [Fact]
    public async Task XSUB_PublisherTakesNoSubscriptions_IsSentAwayAndToldWhatIsLeftWhenItComesBack()
    {
        await using var sut = Sut.Create(context => new XSubSocket(context, Stalling.Options with { SendHighWaterOctets = 256 * 1024 }));
        var listener = sut.Listens();
        var stalled = await sut.AcceptAsync(listener, "XPUB");
        stalled.LimitReceiveBuffer(16 * 1024);
        sut.Socket.Subscribe("left");
        var ended = sut.Events.NextAsync(SocketEventKind.Disconnected);
        await Blocking.RunAsync(() =>
        {
            for (var until = TestTimeout.Token; !ended.IsCompleted; until.ThrowIfCancellationRequested())
            {
                sut.Socket.Send([1, (byte)'A']);
                sut.Socket.Send([0, (byte)'A']);
            }
        }).WithinAsync();

        Assert.Contains("takes no subscriptions", (await ended).Error!.Message, StringComparison.Ordinal);
        var back = await sut.AcceptAsync(listener, "XPUB", settle: false);
        await back.ExpectAsync(Octets.Subscribe("left"));
        await back.ExpectOpenAsync();
    }

    /// <summary>What the last connection had not taken is not the next one's, and a single subscription is no reason to end one.</summary>
    [Fact]
    public async Task SUB_MarkSmallerThanASubscription_IsSentAllTheSame()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick with { SendHighWaterOctets = 1 }));
        var raw = await sut.PeerConnectsAsync("PUB");
        sut.Socket.Subscribe("A");
        await raw.ExpectAsync(Octets.SubscribeA);
        await raw.ExpectOpenAsync();
        sut.Socket.Unsubscribe("A");
        await raw.ExpectAsync(Octets.CancelA);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    public async Task XSUB_PublisherInTheProcessIsNotReceivedFrom_SubscriptionsSentAsMessagesWait()
    {
        await using var context = Join.NewContext();
        var few = Sut.Quick with { SendHighWaterMark = 5, ReceiveHighWaterMark = 5 };
        await using var xpub = new XPubSocket(context, few);
        await using var xsub = new XSubSocket(context, few);
        await Join.ToAsync(xpub, xsub, "inproc");
        byte topic = 0;
        while (xsub.TrySend([1, topic])) Assert.InRange(topic++, 0, 20);
        var waiting = xsub.SendAsync(new byte[] { 1, topic }).AsTask();
        Assert.False(waiting.IsCompleted);
        for (byte i = 0; i <= topic; i++)
        {
            using var notice = await xpub.ReceiveAsync().WithinAsync();
            Assert.Equal([1, i], notice.Span.ToArray());
        }

        await waiting.WithinAsync();
    }

    [Fact]
    [Spec("PUBSUB-41", "PUBSUB-50", "PUBSUB-51")]
    public async Task XSUB_SendsMessages_AllPublishersGetThemUnchanged()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        var peers = new[] { await sut.PeerConnectsAsync("XPUB"), await sut.PeerConnectsAsync("XPUB"), await sut.PeerConnectsAsync("PUB") };
        await sut.Socket.SendAsync(Octets.Hex("02 41"));
        await sut.Socket.SendAsync("");
        await sut.Socket.SendAsync(Message.Create().Append(Octets.Hex("01 41")).Append("B"));
        foreach (var peer in peers)
        {
            await peer.ExpectAsync("00 02 02 41  00 00  01 02 01 41 00 01 42");
            await peer.ExpectOpenAsync();
        }
    }

    [Fact]
    [Spec("PUBSUB-46", "PUBSUB-49")]
    public async Task XSUB_PublisherSendsWhatNobodyAskedFor_IsReceivedAllTheSame()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XPUB");
        await raw.SendAsync("01 02 42 31 01 00 00 01 42  00 02 41 32");
        await Pairing.ExpectAsync(sut.Socket.ReceiveAsync(TestTimeout.Token), "B1", "", "B");
        await Pairing.ExpectAsync(sut.Socket.ReceiveAsync(TestTimeout.Token), "A2");
    }

    [Fact]
    [Spec("PUBSUB-43", "PUBSUB-57")]
    public async Task XSUB_ConnectedToPublisherThatComesBack_SubscribesAnewOncePerTopicAndSendsWhatWaited()
    {
        await using var sut = Sut.Create(context => new XSubSocket(context, Sut.Quick));
        var listener = sut.Listens();
        sut.Socket.Subscribe("A");
        sut.Socket.Subscribe("A");
        await sut.Socket.SendAsync("early");
        var raw = await sut.AcceptAsync(listener, "XPUB", settle: false);
        await raw.ExpectAsync("00 05 65 61 72 6C 79" + Octets.SubscribeA);
        await raw.ExpectOpenAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        raw = await sut.AcceptAsync(listener, "XPUB", settle: false);
        await raw.ExpectAsync(Octets.SubscribeA);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-44")]
    public async Task XSUB_BoundAndPublisherLeaves_WhatItSentStaysReadableAndItsQueueGoesWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Stalling.Options));
        var raw = await Stalling.PeerAsync(sut, "XPUB");
        var body = new byte[64 * 1024];
        body[0] = 2;
        for (var i = 0; i < 200; i++) Assert.True(sut.Socket.TrySend(body));
        await raw.SendAsync("00 02 41 31  00 02 41 32");
        await Pairing.ExpectAsync(sut.Socket.ReceiveAsync(TestTimeout.Token), "A1");
        raw.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await Pairing.ExpectAsync(sut.Socket.ReceiveAsync(TestTimeout.Token), "A2");
        await sut.Socket.SendAsync("nobody");
        var next = await sut.PeerConnectsAsync("XPUB");
        await next.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-42", "PUBSUB-45", "PUBSUB-52", "PUBSUB-53")]
    public async Task XSUB_PublisherStalls_SendsReturnAtOnceItMissesWholeMessagesAndIsHeard()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "XPUB");
        var body = new byte[64 * 1024];
        body[0] = 2;
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < 200; i++) sut.Socket.Send(body);
        }).WithinAsync();

        // The one direction does not wait for the other.
        await stalled.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());

        var came = 0;
        while ((await stalled.ReadMessageAsync())[0].Length == body.Length)
        {
            came++;
            sut.Socket.Send("there is room again");
        }

        Assert.InRange(came, Stalling.Options.SendHighWaterMark, 50);
    }

    [Fact]
    [Spec("PUBSUB-47", "PUBSUB-45")]
    public async Task XSUB_ApplicationDoesNotReceive_PublisherIsHeldBackAndNothingIsLost()
    {
        const int count = 50;
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick with { ReceiveHighWaterMark = 10 }));
        var raw = await sut.PeerConnectsAsync("XPUB");
        for (var i = 0; i < count; i++) await raw.SendAsync($"00 01 {i:X2}");
        for (var i = 0; i < count; i++)
        {
            using var message = await sut.Socket.ReceiveAsync().WithinAsync();
            Assert.Equal(i, message.Span[0]);
        }

        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PUBSUB-48")]
    public async Task XSUB_ThreePublishersFlood_TheyTakeTurns()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "XPUB");
    }

    [Fact]
    public async Task XSUB_TopicTooLong_IsAnErrorOfTheCallerAndTellsNobody()
    {
        await using var sut = await Sut.BoundAsync(context => new XSubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("XPUB");
        var message = new byte[1 + 65_527];
        message[0] = 1;
        Assert.Throws<ArgumentException>(() => sut.Socket.Send(message));
        Assert.Throws<ArgumentException>(() => sut.Socket.Subscribe(message.AsSpan(1)));
        sut.Socket.Subscribe(message.AsSpan(2));
        await raw.ReadFrameAsync();
        await raw.ExpectOpenAsync();
    }
}
