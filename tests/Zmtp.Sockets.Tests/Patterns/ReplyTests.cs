using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>REP towards scripted peers (RFC 28, "The REP Socket Type").</summary>
public class ReplyTests
{
    [Fact]
    [Spec("REQREP-13", "REQREP-18")]
    public async Task REP_OutOfOrder_IsRefused()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REQ");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sut.Socket.SendAsync("early").WithinAsync());
        await raw.SendAsync(Octets.RequestHello + Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => sut.Socket.ReceiveAsync().WithinAsync());
        await sut.Socket.SendAsync("hello");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sut.Socket.SendAsync("again").WithinAsync());
        await raw.ExpectAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task REP_AnotherReceiveWaits_TheRefusalSaysSo()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        using var giveUp = new CancellationTokenSource();
        var first = sut.Socket.ReceiveAsync(giveUp.Token).AsTask();

        var error = Assert.Throws<InvalidOperationException>(() => sut.Socket.TryReceive(out _));

        Assert.Contains("Another receive is waiting", error.Message, StringComparison.Ordinal);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
    }

    [Fact]
    [Spec("REQREP-12", "REQREP-14", "REQREP-16", "REQREP-17", "REQREP-19")]
    public async Task REP_EnvelopeOfTwoIdentities_ComesBackWithTheReply()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("DEALER");
        await raw.SendAsync("01 01 61 01 01 62 01 00 00 01 41");
        Assert.Equal("A", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("B");
        await raw.ExpectAsync("01 01 61 01 01 62 01 00 00 01 42");

        await raw.SendAsync("01 01 61 01 00 01 02 00 FF 01 00 00 01 0A");
        byte[][] frames = await sut.Socket.NextFramesAsync();
        Assert.Equal(["00 FF", "", "0A"], frames.Select(frame => Octets.ToHex(frame)));
        await sut.Socket.SendAsync(Message.Of("x", "", "y"));
        await raw.ExpectAsync("01 01 61 01 00 01 01 78 01 00 00 01 79");
    }

    [Fact]
    [Spec("REQREP-11", "REQREP-20")]
    public async Task REP_SeveralAskers_EachGetsItsOwnReply()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        RawPeer[] peers = [await sut.PeerConnectsAsync("REQ"), await sut.PeerConnectsAsync("DEALER"), await sut.PeerListensAsync("REQ")];
        for (int i = 0; i < peers.Length; i++) await peers[i].SendAsync(Octets.Hex("01 00"), Octets.Frame($"{i}"));
        for (int i = 0; i < peers.Length; i++) await sut.Socket.SendAsync("reply to " + await sut.Socket.NextAsync());
        for (int i = 0; i < peers.Length; i++)
        {
            await peers[i].ExpectAsync(Octets.Hex("01 00"), Octets.Frame($"reply to {i}"));
            await peers[i].ExpectOpenAsync();
        }
    }

    [Fact]
    [Spec("REQREP-15")]
    public async Task REP_ThreePeersFlood_AreServedInTurn()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "DEALER", Octets.Hex("01 00"), afterEach: () => sut.Socket.SendAsync("ok").AsTask());
    }

    [Fact]
    [Spec("REQREP-21")]
    public async Task REP_AskerHasLeft_ReplyIsDropped()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REQ");
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync("nobody").WithinAsync();

        raw = await sut.PeerConnectsAsync("REQ");
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
    }

    [Fact]
    public async Task REP_AskersConnectionCannotEncode_ReplyIsDropped()
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick with { Security = security }));
        var raw = await sut.PeerConnectsAsync("REQ");
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        security.Made[0].Fails = true;

        await sut.Socket.SendAsync("lost").WithinAsync();

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        raw = await sut.PeerConnectsAsync("REQ");
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
    }

    [Fact]
    [Spec("REQREP-20", "REQREP-21")]
    public async Task REP_ConnectedAndAnotherHasCome_ReplyToTheFirstIsDropped()
    {
        await using var sut = Sut.Create(context => new RepSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "REQ");
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        raw = await sut.AcceptAsync(listener, "REQ");

        await sut.Socket.SendAsync("late").WithinAsync();

        await raw.ExpectOpenAsync();
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
    }

    [Fact]
    [Spec("REQREP-20", "REQREP-21")]
    public async Task REP_ConnectedAndTheAskerLeavesWithRepliesQueued_TheNextOneGetsNoneOfThem()
    {
        await using var sut = Sut.Create(context => new RepSocket(context, Stalling.Options with { SendHighWaterMark = 20 }));
        var listener = sut.Keep(RawListener.Reserve());
        listener.LimitReceiveBuffer(16 * 1024);
        listener.Listen();
        sut.Socket.Connect(listener.Endpoint);
        var raw = await sut.AcceptAsync(listener, "DEALER");
        byte[] large = new byte[100_000];
        for (int i = 0; i < 20; i++)
        {
            await raw.SendAsync(Octets.RequestHello);
            Assert.Equal("hello", await sut.Socket.NextAsync());
            await sut.Socket.SendAsync(large).WithinAsync();
        }

        raw.Reset();
        raw = await sut.AcceptAsync(listener, "REQ");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    public async Task REP_InterruptedWhileItReplies_NoMemoryIsGivenBackTwice()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REQ");
        await raw.SendAsync(Octets.RequestHello);
        using var request = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        var asker = (Pipe)request.Buffer.Source!.Origin;

        await Interrupted.RunAsync(
            body =>
            {
                lock (asker.Gate) body();
            },
            () =>
            {
                Interrupted.PutOff(() => sut.Socket.Send("hello"u8));
                Assert.NotSame(MessageBuffer.Rent(), MessageBuffer.Rent());
            });
        await raw.ExpectAsync(Octets.RequestHello);
    }

    [Fact]
    [Spec("REQREP-13")]
    public async Task REP_ReplyOfAnotherThreadHasNotGoneYet_TheNextRequestIsNotReceived()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context);
        await using var dealer = new DealerSocket(context);
        var answering = new Pipe(rep, "inproc://x", outlivesConnection: false);
        var asking = new Pipe(dealer, "inproc://x", outlivesConnection: true);
        answering.Introduce(new ZmtpPeer { SocketType = SocketType.Dealer }, 0);
        asking.Introduce(new ZmtpPeer { SocketType = SocketType.Rep }, 0);
        answering.Attach(asking);
        asking.Attach(answering);
        dealer.OnPipeAdded(asking);
        for (int i = 1; i <= 2; i++) await dealer.SendAsync(Message.Of("", $"request {i}"));
        Assert.Equal("request 1", await rep.NextAsync());
        var thread = new Thread(() => rep.Send("reply 1"u8)) { IsBackground = true };
        lock (answering.Gate)
        {
            thread.Start();
            Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));

            var error = Assert.Throws<InvalidOperationException>(() => rep.TryReceive(out _));
            Assert.Contains("is being sent", error.Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => rep.Send("too many"u8));
        }

        Assert.True(thread.Join(TestTimeout.Default));
        Assert.Equal("request 2", await rep.NextAsync());
        await rep.SendAsync("reply 2");
        for (int i = 1; i <= 2; i++) await Pairing.ExpectAsync(dealer.ReceiveAsync(TestTimeout.Token), "", $"reply {i}");
    }

    [Fact]
    [Spec("REQREP-22")]
    public async Task REP_AskerDoesNotRead_SendNeverBlocks()
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick with
        {
            SendHighWaterMark = 2,
            Transport = new() { SendBufferSize = 16 * 1024 },
        }));
        var raw = await sut.RawConnectsAsync();
        raw.LimitReceiveBuffer(16 * 1024);
        await raw.Handshake31Async("DEALER");
        byte[] large = new byte[100_000];
        for (int i = 0; i < 50; i++)
        {
            await raw.SendAsync(Octets.RequestHello);
            Assert.Equal("hello", await sut.Socket.NextAsync());
            var sending = sut.Socket.SendAsync(large).AsTask();
            Assert.True(sending.IsCompletedSuccessfully);
        }
    }

    [Theory]
    [InlineData("00 01 41")]
    [InlineData("01 01 41 00 01 42")]
    [InlineData("01 01 41 00 00")]
    [Spec("REQREP-23")]
    public async Task REP_RequestWithoutDelimiterOrBody_IsDroppedAndTheNextIsServed(string request)
    {
        await using var sut = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("DEALER");
        await raw.SendAsync(request);
        await raw.ExpectOpenAsync();
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
    }
}
