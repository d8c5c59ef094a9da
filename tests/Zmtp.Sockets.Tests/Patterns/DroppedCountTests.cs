using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>What a pattern drops in place of queueing it is counted, apart from what is lost after it was queued.</summary>
public sealed class DroppedCountTests : DisposedTests
{
    private const int Sent = 20;

    // Over inproc the marks of both ends add up.
    private static readonly SocketOptions Small = Sut.Quick with { SendHighWaterMark = 2, ReceiveHighWaterMark = 2 };

    private readonly ZmtpContext _context = Join.NewContext();

    [Theory]
    [InlineData(SocketType.Pub, 1, "frame")]
    [InlineData(SocketType.Pub, 2, "frame")]
    [InlineData(SocketType.Pub, 1, "message")]
    [InlineData(SocketType.Pub, 2, "message")]
    [InlineData(SocketType.Pub, 2, "large frame")]
    [InlineData(SocketType.XPub, 1, "frame")]
    [InlineData(SocketType.XPub, 2, "message")]
    public async Task PUB_SubscribersDoNotKeepUp_WhatEachMissesIsCounted(SocketType type, int subscribers, string what)
    {
        var publisher = (SendingSocket)Sut.Socket(_context, type, Small);
        var receivers = new List<SubSocket>();
        for (var i = 0; i < subscribers; i++)
        {
            var receiver = new SubSocket(_context, Small);
            receiver.Subscribe("");
            await Join.ToAsync(publisher, receiver, "inproc");
            receivers.Add(receiver);
        }

        for (var i = 0; i < Sent; i++) Send(publisher, what);

        var received = receivers.Sum(Receive);
        Assert.InRange(received, subscribers, (Sent * subscribers) - subscribers);
        Assert.Equal(((Sent * subscribers) - received, 0), (publisher.DroppedCount, publisher.UnsentCount));
    }

    /// <summary>Over a network, too, where it is the connection that takes no more.</summary>
    [Fact]
    public async Task PUB_SubscriberReadsNothing_WhatItMissesIsCounted()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "SUB");
        await stalled.SendAsync(Octets.Hex("00 01 01"));
        await stalled.ExpectOpenAsync();
        var filler = new byte[50_000];

        for (var i = 0; i < 200; i++) sut.Socket.Send(filler);

        // There is room for the last one at some time while it reads.
        var came = 0;
        var attempts = 0;
        while ((await stalled.ReadMessageAsync())[0].Length == filler.Length)
        {
            came++;
            attempts++;
            sut.Socket.Send("the end");
        }

        Assert.InRange(came, Stalling.Options.SendHighWaterMark, 199);
        Assert.InRange(sut.Socket.DroppedCount, 200 - came, 200 - came + attempts - 1);
    }

    [Fact]
    public async Task XSUB_PublisherDoesNotKeepUp_WhatItMissesIsCounted()
    {
        var xpub = new XPubSocket(_context, Small);
        var xsub = new XSubSocket(_context, Small);
        await Join.ToAsync(xpub, xsub, "inproc");

        for (var i = 0; i < Sent; i++) xsub.Send("for the source");

        Assert.Equal((Sent - Receive(xpub), 0), (xsub.DroppedCount, xsub.UnsentCount));
        Assert.NotEqual(0, xsub.DroppedCount);
    }

    [Fact]
    public async Task ROUTER_PeerIsFullOrNobodys_WhatIsDroppedIsCounted()
    {
        var router = new RouterSocket(_context, Small);
        var dealer = new DealerSocket(_context, Small with { RoutingId = "ann"u8.ToArray() });
        await Join.ToAsync(router, dealer, "inproc");
        router.Send(Message.Of("joe", "nobody"));
        Assert.Equal(1, router.DroppedCount);

        for (var i = 0; i < Sent; i++) router.Send(Message.Of("ann", "hello"));

        Assert.Equal((1 + Sent - Receive(dealer), 0), (router.DroppedCount, router.UnsentCount));
        Assert.InRange(router.DroppedCount, 2, Sent);
    }

    /// <summary>As a proxy sends to it: for the proxy to count as well, whose message it still is.</summary>
    [Fact]
    public void ROUTER_ProxysMessageIsForNobody_IsCounted()
    {
        var router = new RouterSocket(_context, Small);
        using var message = Message.Of("joe", "nobody");

        Assert.False(router.TryPassOn(message));

        Assert.Equal((1, 2), (router.DroppedCount, message.FrameCount));
    }

    [Fact]
    public async Task REP_AskerHasLeft_TheReplyIsCounted()
    {
        var rep = new RepSocket(_context, Small);
        var events = new EventLog(rep);
        var req = new ReqSocket(_context, Small);
        await Join.ToAsync(rep, req);
        await req.SendAsync("a question", TestTimeout.Token);
        Assert.Equal("a question", await rep.NextAsync());
        await req.DisposeAsync();
        await events.NextAsync(SocketEventKind.Disconnected);

        await rep.SendAsync("an answer", TestTimeout.Token);

        Assert.Equal((1, 0), (rep.DroppedCount, rep.UnsentCount));
    }

    [Fact]
    public async Task ANY_WhatIsNotDroppedByThePattern_IsNotCounted()
    {
        // Nobody to send to, nobody who wants it, no room for one who may wait, and one who says that there is nobody.
        var pub = new PubSocket(_context, Small);
        pub.Send("nobody");
        var push = new PushSocket(_context, Small);
        var pull = new PullSocket(_context, Small);
        await Join.ToAsync(pull, push, "inproc");
        while (push.TrySend("work"))
        {
        }

        var router = new RouterSocket(_context, Small with { RouterMandatory = true });
        using var message = Message.Of("joe", "nobody");
        Assert.Throws<HostUnreachableException>(() => router.TrySend(message));

        foreach (var socket in (SendingSocket[])[pub, push, router]) Assert.Equal(0, socket.DroppedCount);
    }

    /// <summary>What is larger than a queue, sent to one peer: in mandatory mode all of it comes.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task ROUTER_MandatoryAndMoreThanAQueue_WaitsAndDropsNothing(string transport)
    {
        const int count = 2_000;
        var router = new RouterSocket(_context, Small with { RouterMandatory = true });
        var dealer = new DealerSocket(_context, Small with { RoutingId = "ann"u8.ToArray() });
        await Join.ToAsync(router, dealer, transport);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++) await router.SendAsync(Message.Of("ann", $"{i}"), TestTimeout.Token);
        });

        for (var i = 0; i < count; i++) Assert.Equal($"{i}", await dealer.NextAsync());

        await sending.WithinAsync();
        Assert.Equal(0, router.DroppedCount);
    }

    public override ValueTask DisposeAsync() => _context.DisposeAsync();

    private static void Send(SendingSocket socket, string what)
    {
        if (what == "message") socket.Send(Message.Of("two", "frames"));
        else socket.Send(new byte[what == "frame" ? 10 : 2 * MessageBuffer.SharedLength]);
    }

    private static int Receive(IReceivingSocket socket)
    {
        var received = 0;
        for (; socket.TryReceive(out var message); received++) message.Dispose();
        return received;
    }
}
