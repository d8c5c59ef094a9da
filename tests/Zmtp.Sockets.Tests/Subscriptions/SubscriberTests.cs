using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>SUB towards scripted publishers: how it subscribes, and what it delivers.</summary>
public class SubscriberTests
{
    [Fact]
    [Spec("ZMTP30-83", "ZMTP30-84", "ZMTP31-04")]
    public async Task SUB_TowardsMinor0_SubscribesByMessages()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUB", minor: 0);
        sut.Socket.Subscribe("A");
        await raw.ExpectAsync(Octets.LegacySubscribeA);
        sut.Socket.Unsubscribe("A");
        await raw.ExpectAsync(Octets.LegacyCancelA);
    }

    [Theory]
    [InlineData("04 00")]
    [InlineData("03 01")]
    [Spec("ZMTP31-20", "ZMTP31-21", "PUBSUB-40")]
    public async Task SUB_TowardsMinor1OrHigher_SubscribesByCommands(string version)
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        byte[] greeting = Octets.Greeting31();
        Octets.Hex(version).CopyTo(greeting, 10);
        await raw.ExchangeGreetingsAsync(greeting);
        await raw.SendAsync(Octets.Ready("PUB"));
        await raw.ReadCommandAsync("READY");
        sut.Socket.Subscribe("A");
        await raw.ExpectAsync(Octets.SubscribeA);
        sut.Socket.Unsubscribe("A");
        await raw.ExpectAsync(Octets.CancelA);
        sut.Socket.Subscribe("");
        await raw.ExpectAsync(Octets.SubscribeAll);
    }

    [Theory]
    [InlineData(254, "00 FF 01", "00 FF 00")]
    [InlineData(255, "02 00 00 00 00 00 00 01 00 01", "02 00 00 00 00 00 00 01 00 00")]
    [InlineData(300, "02 00 00 00 00 00 00 01 2D 01", "02 00 00 00 00 00 00 01 2D 00")]
    [Spec("ZMTP30-85")]
    public async Task SUB_LongTopicTowardsMinor0_FrameIsFlaggedRight(int length, string subscribe, string cancel)
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUB", minor: 0);
        string topic = new('t', length);
        sut.Socket.Subscribe(topic);
        await raw.ExpectAsync(Octets.Hex(subscribe), Octets.Text(topic));
        sut.Socket.Unsubscribe(topic);
        await raw.ExpectAsync(Octets.Hex(cancel), Octets.Text(topic));
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData(245, "04 FF 09", "04 FC 06")]
    [InlineData(246, "06 00 00 00 00 00 00 01 00 09", "04 FD 06")]
    [InlineData(248, "06 00 00 00 00 00 00 01 02 09", "04 FF 06")]
    [InlineData(249, "06 00 00 00 00 00 00 01 03 09", "06 00 00 00 00 00 00 01 00 06")]
    [Spec("ZMTP31-25")]
    public async Task SUB_LongTopicTowardsMinor1_FrameIsFlaggedRight(int length, string subscribe, string cancel)
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUB");
        string topic = new('t', length);
        sut.Socket.Subscribe(topic);
        await raw.ExpectAsync(Octets.Hex(subscribe), Octets.Text("SUBSCRIBE" + topic));
        sut.Socket.Unsubscribe(topic);
        await raw.ExpectAsync(Octets.Hex(cancel), Octets.Text("CANCEL" + topic));
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-24", "ZMTP31-28", "PUBSUB-57", "PUBSUB-32")]
    public async Task SUB_Reconnects_ReplaysEachTopicOnce()
    {
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("A");
        sut.Socket.Subscribe("A");
        sut.Socket.Subscribe("gone");
        sut.Socket.Unsubscribe("gone");
        var listener = sut.Listens();
        for (int i = 0; i < 3; i++)
        {
            var raw = await sut.AcceptAsync(listener, "PUB", settle: false);
            await raw.ExpectAsync(Octets.SubscribeA);
            await raw.ExpectOpenAsync();
            await raw.DisposeAsync();
        }

        var last = await sut.AcceptAsync(listener, "PUB", settle: false);
        await last.ExpectAsync(Octets.SubscribeA);
        sut.Socket.Unsubscribe("A");
        await last.ExpectOpenAsync();
        sut.Socket.Unsubscribe("A");
        await last.ExpectAsync(Octets.CancelA);
    }

    [Fact]
    [Spec("ZMTP31-28", "PUBSUB-57")]
    public async Task SUB_ChangesItsMindWhileDisconnected_ReplaysWhatHoldsThen()
    {
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("A");
        sut.Socket.Subscribe("B");
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "PUB", settle: false);
        Assert.Equal(["A", "B"], await TopicsAsync(raw));
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);

        sut.Socket.Unsubscribe("A");
        sut.Socket.Subscribe("C");

        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "PUB", settle: false);
        Assert.Equal(["B", "C"], await TopicsAsync(raw));
        await raw.ExpectOpenAsync();

        static async Task<IEnumerable<string>> TopicsAsync(RawPeer raw)
        {
            var both = new[] { await raw.ReadCommandAsync("SUBSCRIBE"), await raw.ReadCommandAsync("SUBSCRIBE") };
            return both.Select(command => Octets.ToText(command.CommandData)).Order(StringComparer.Ordinal);
        }
    }

    [Fact]
    [Spec("PUBSUB-32", "ZMTP30-73")]
    public async Task SUB_ConnectsBeforeAnybodyListens_SubscriptionArrivesOnceSomebodyDoes()
    {
        await using var sut = Sut.Create(context => new SubSocket(context, Sut.Quick));
        var listener = sut.Keep(RawListener.Reserve());
        sut.Socket.Connect(listener.Endpoint);
        sut.Socket.Subscribe("A");
        await sut.Events.NextAsync(SocketEventKind.ConnectRetried);
        listener.Listen();
        var raw = await sut.AcceptAsync(listener, "PUB", settle: false);
        await raw.ExpectAsync(Octets.SubscribeA);
    }

    [Fact]
    [Spec("PUBSUB-38", "PUBSUB-39", "PUBSUB-37", "PUBSUB-30")]
    public async Task SUB_PublisherSendsMoreThanAskedFor_OnlyWhatMatchesIsDelivered()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("A");
        var raw = await sut.PeerConnectsAsync("PUB", settle: false);
        await raw.ExpectAsync(Octets.SubscribeA);
        byte[] binary = [0x41, 0x00, 0xFF, 0x0D, 0x0A];
        await raw.SendAsync(Octets.Frame("B1"), Octets.Frame(""), Octets.Frame("B", more: true), Octets.Frame("A"));
        await raw.SendAsync(Octets.Frame(binary, more: true), Octets.Frame(""));
        byte[][] frames = await sut.Socket.NextFramesAsync();
        Assert.Equal(2, frames.Length);
        Assert.Equal(Octets.ToHex(binary), Octets.ToHex(frames[0]));
        Assert.Empty(frames[1]);
        await sut.Socket.ExpectNoMessageAsync();
        Assert.DoesNotContain(typeof(SubSocket).GetMethods(), method => method.Name.Contains("Send", StringComparison.Ordinal));
    }

    [Fact]
    [Spec("PUBSUB-31", "PUBSUB-34", "PUBSUB-35")]
    public async Task SUB_QueueFull_StopsReadingFromThatPublisherOnlyAndLosesNothing()
    {
        const int mark = 10;
        const int buffer = 16 * 1024;
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick with
        {
            ReceiveHighWaterMark = mark,
            Transport = new() { ReceiveBufferSize = buffer },
        }));
        sut.Socket.Subscribe("");
        var flooding = await sut.PeerConnectsAsync("PUB", settle: false);
        flooding.LimitSendBuffer(buffer);
        var other = await sut.PeerConnectsAsync("PUB", settle: false);
        const int count = 1000;
        byte[] filler = new byte[10_000];
        int sent = 0;
        var flood = Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                await flooding.SendAsync(Octets.Frame([(byte)(i >> 8), (byte)(i & 0xFF)], more: true), Octets.Frame(filler));
                Interlocked.Increment(ref sent);
            }
        });

        int standing = await Standstill.OfAsync(() => Volatile.Read(ref sent), least: mark);

        // Beside the queue there is room in the buffers alone.
        Assert.InRange(standing, mark, mark + 100);
        await other.ReadCommandAsync("SUBSCRIBE");
        await other.SendAsync(Octets.Frame("other", more: true), Octets.Frame(""));

        // Shows that it has been read; a batch shows when the read it came with is over, so it takes a later read to know.
        await other.ExpectOpenAsync();
        await other.ExpectOpenAsync();

        int expected = 0;
        int position = -1;
        for (int i = 0; i < count + 1; i++)
        {
            byte[][] frames = await sut.Socket.NextFramesAsync();
            if (frames[0].Length == 5)
            {
                position = i;
                continue;
            }

            Assert.Equal(expected++, (frames[0][0] << 8) | frames[0][1]);
            Assert.Equal(filler.Length, frames[1].Length);
        }

        await flood.WithinAsync();
        Assert.InRange(position, 0, 2 * mark);
    }

    [Fact]
    [Spec("PUBSUB-36")]
    public async Task SUB_ThreePublishersFlood_AreHeardInTurn()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("");
        await Flood.ExpectTurnsAsync(sut, "PUB", settle: false);
    }

    [Fact]
    [Spec("PUBSUB-33")]
    public async Task SUB_PublisherLeaves_WhatItSentStaysReadableAndNothingElseHappens()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("");
        var raw = await sut.PeerConnectsAsync("PUB", settle: false);
        await raw.SendAsync(Octets.Frame("1"), Octets.Frame("2"), Octets.Frame("lost", more: true));
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal("1", await sut.Socket.NextAsync());
        Assert.Equal("2", await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync();
    }

    [Fact]
    public async Task SUB_Unsubscribed_WhatHasArrivedIsNotReceivedAnyMore()
    {
        await using var context = Searched.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        await using var sub = new SubSocket(context, Sut.Quick);
        await pub.BindAsync("inproc://news");
        sub.Connect("inproc://news");
        sub.Subscribe("a");
        sub.Subscribe("b");
        foreach (var text in new[] { "a1", "a2", "b1", "a3" }) pub.Send(text);

        sub.Unsubscribe("a");

        Assert.Equal("b1", await sub.NextAsync());
        Assert.False(sub.TryReceive(out _));
        pub.Send("b2");
        Assert.Equal("b2", await sub.NextAsync());
    }

    [Fact]
    [Spec("PUBSUB-31")]
    public async Task SUB_UnsubscribedWhileTheQueueIsFullOfIt_ReadsOn()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick with { ReceiveHighWaterMark = 4 }));
        sut.Socket.Subscribe("a");
        sut.Socket.Subscribe("b");
        var raw = await sut.PeerConnectsAsync("PUB", settle: false);
        await raw.SendAsync([.. Enumerable.Repeat(Octets.Frame("a"), 100), Octets.Frame("b")]);
        Assert.Equal("a", await sut.Socket.NextAsync());

        sut.Socket.Unsubscribe("a");

        Assert.Equal("b", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task SUB_InterruptedWhileItSubscribes_ThePublisherHearsOfIt()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick));
        sut.Socket.Subscribe("B");
        var raw = await sut.PeerConnectsAsync("PUB", settle: false);
        await raw.ReadCommandAsync("SUBSCRIBE");
        await raw.SendAsync(Octets.Frame("B"));
        using var message = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        var pipe = (Pipe)message.Buffer.Source!.Origin;

        await Interrupted.RunAsync(
            body =>
            {
                lock (pipe.Gate) body();
            },
            () => Interrupted.PutOff(() => sut.Socket.Subscribe("A")));

        await raw.ExpectAsync(Octets.SubscribeA);
    }

    [Fact]
    public async Task SUB_ClosesWithSubscriptionsThatHaveNotLeft_NothingOfTheApplicationIsLost()
    {
        await using var sut = await Sut.BoundAsync(context => new SubSocket(context, Sut.Quick with
        {
            Transport = Sut.Quick.Transport with { SendBufferSize = 4096 },
        }));
        await sut.PeerConnectsAsync("PUB", minor: 0);
        for (var i = 0; i < 200; i++) sut.Socket.Subscribe(new string((char)('a' + (i % 26)), 60_000 - i));

        Assert.Equal(0, await sut.Socket.CloseAsync(TimeSpan.Zero).WithinAsync());
    }
}
