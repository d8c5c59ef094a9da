using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

public class RouterPeersTests
{
    [Fact]
    public async Task Router_UnknownRoutingId_MessageIsDropped()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context);
        Assert.True(router.TrySend(Message.Of("nobody", "x")));
        await router.SendAsync(Message.Of("nobody", "x"));
    }

    [Fact]
    public async Task Router_MandatoryAndUnknownRoutingId_ThrowsAndTheMessageIsStillTheCallers()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterMandatory = true });
        var message = Message.Of("nobody", "x");
        var error = Assert.Throws<HostUnreachableException>(() => router.Send(message));
        Assert.False(error.IsFatal);
        await Assert.ThrowsAsync<HostUnreachableException>(async () => await router.SendAsync(message));
        Assert.Equal("x", message.AsString(1));
    }

    [Fact]
    public async Task Router_MandatoryAndUnknownRoutingIds_EachSendSaysSoByItsTask()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterMandatory = true });
        Message[] messages = [Message.Of("nobody", "x"), Message.Of("no one", "y")];

        Task[] sends = [.. messages.Select(message => router.SendAsync(message).AsTask())];

        Assert.All(sends, static send => Assert.IsType<HostUnreachableException>(send.Exception?.InnerException));
        Assert.Equal(["x", "y"], messages.Select(static message => message.AsString(1)));
    }

    [Fact]
    public async Task Router_MandatoryAndPeerFull_SendWaitsForRoom()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterMandatory = true, SendHighWaterMark = 2 });
        await using var dealer = new DealerSocket(context, new() { RoutingId = "d"u8.ToArray(), ReceiveHighWaterMark = 2 });
        await Join.ToAsync(router, dealer, "inproc");
        for (var i = 0; i < 4; i++) Assert.True(router.TrySend(Message.Of("d", $"{i}")));
        Assert.False(router.TrySend(Message.Of("d", "full")));

        var waiting = router.SendAsync(Message.Of("d", "4"), TestTimeout.Token).AsTask();
        for (var i = 0; i <= 4; i++) await Pairing.ExpectAsync(dealer.ReceiveAsync(TestTimeout.Token), $"{i}");
        await waiting.WithinAsync();
    }

    [Fact]
    public async Task Router_MandatoryAndTheFullPeerLeaves_TheWaitingSendFails()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterMandatory = true, SendHighWaterMark = 1 });
        var dealer = new DealerSocket(context, new() { RoutingId = "d"u8.ToArray(), ReceiveHighWaterMark = 1 });
        await Join.ToAsync(router, dealer, "inproc");
        Assert.True(router.TrySend(Message.Of("d", "0")));
        Assert.True(router.TrySend(Message.Of("d", "1")));
        var waiting = router.SendAsync(Message.Of("d", "2"), TestTimeout.Token).AsTask();

        await dealer.DisposeAsync();

        await Assert.ThrowsAsync<HostUnreachableException>(() => waiting.WithinAsync());
    }

    [Fact]
    public async Task Router_OneFrameOnly_ThrowsArgumentException()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context);
        Assert.Throws<ArgumentException>(() => router.Send("x"));
        Assert.Throws<ArgumentException>(() => router.Send(Message.Of("x")));
        Assert.Throws<ArgumentException>(() => router.Send(Message.Create()));
    }

    [Fact]
    public async Task Router_PeersWithoutIdentity_GetIdsThatAreDifferentAndBeginWithZero()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context);
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        var ids = new HashSet<string>();
        for (var i = 0; i < 5; i++)
        {
            var dealer = new DealerSocket(context);
            dealer.Connect(endpoint);
            await dealer.SendAsync("x");
            using var message = await router.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(5, message[0].Length);
            Assert.Equal(0, message[0].Span[0]);
            Assert.True(ids.Add(Convert.ToHexString(message[0].Span)));
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    [Lesson("T14")]
    public async Task Router_SecondPeerWithTheSameIdentity_IsRefusedAndTheFirstStays(string transport)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context);
        var options = new SocketOptions { RoutingId = "same"u8.ToArray() };
        await using var first = new DealerSocket(context, options);
        var endpoint = await Join.ToAsync(router, first, transport);
        var refused = new EventLog(router);

        await using var second = new DealerSocket(context, options);
        second.Connect(endpoint);

        var failure = await refused.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("Identity", failure.Error!.Message, StringComparison.Ordinal);
        await router.SendAsync(Message.Of("same", "to the first"));
        await Pairing.ExpectAsync(first.ReceiveAsync(TestTimeout.Token), "to the first");
        Assert.Equal(1, router.PeerCount);
    }

    [Fact]
    public async Task Router_HandoverAndSecondPeerWithTheSameIdentity_TakesItOver()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        await using var first = await RawPeer.ConnectAsync(endpoint);
        await first.Handshake31Async("DEALER", "same");
        await router.WaitForPeerAsync(TestTimeout.Default);
        await using var second = await RawPeer.ConnectAsync(endpoint);
        await second.Handshake31Async("DEALER", "same");

        await first.ExpectCloseAsync();
        await second.SendAsync(Octets.Hello);
        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "same", "hello");
        await router.SendAsync(Message.Of("same", "hello"));
        await second.ExpectAsync(Octets.Hello);
    }

    [Fact]
    public async Task Router_PeerComesBackWithItsIdentity_IsReachableAgain()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterMandatory = true });
        var endpoint = await router.BindAsync("tcp://127.0.0.1:*");
        var log = new EventLog(router);
        for (var i = 0; i < 5; i++)
        {
            await using (var peer = await RawPeer.ConnectAsync(endpoint))
            {
                await peer.Handshake31Async("DEALER", "me");
                await log.NextAsync(SocketEventKind.HandshakeSucceeded);
                await router.SendAsync(Message.Of("me", "hello"));
                await peer.ExpectAsync(Octets.Hello);
            }

            await log.NextAsync(SocketEventKind.Disconnected);
            Assert.Throws<HostUnreachableException>(() => router.Send(Message.Of("me", "hello")));
        }
    }

    [Fact]
    public async Task Router_Probe_SendsAnEmptyMessageToEachNewPeer()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { ProbeRouter = true });
        await using var dealer = new DealerSocket(context);
        await Join.ToAsync(router, dealer);
        await Pairing.ExpectAsync(dealer.ReceiveAsync(TestTimeout.Token), "");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ROUTER_OnePeersConnectionCannotEncode_ThePeerHasLeftAndTheOthersGoOn(bool mandatory)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(
            context => new RouterSocket(context, Sut.Quick with { Security = security, RouterMandatory = mandatory }));
        await sut.PeerConnectsAsync("DEALER", identity: "A");
        var other = await sut.PeerConnectsAsync("DEALER", identity: "B");
        security.Made[0].Fails = true;

        Task SendAsync() => sut.Socket.SendAsync(Message.Of("A", "lost")).WithinAsync();
        if (mandatory) await Assert.ThrowsAsync<HostUnreachableException>(SendAsync);
        else await SendAsync();

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("B", "hello"), TestTimeout.Token);
        await other.ExpectAsync(Octets.Hello);
    }
}
