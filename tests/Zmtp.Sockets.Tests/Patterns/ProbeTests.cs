using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>The empty message by which DEALER, ROUTER and REQ show themselves to a ROUTER: before all else, whatever is queued.</summary>
public class ProbeTests
{
    private static readonly SocketOptions Probing = Sut.Quick with { ProbeRouter = true, RoutingId = "me"u8.ToArray(), SendHighWaterMark = 1 };

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    [InlineData("inproc")]
    public async Task PROBE_OfReq_ShowsAtTheRouterBeforeTheRequest(string transport)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context);
        await using var req = new ReqSocket(context, Probing);
        await Join.ToAsync(router, req, transport);

        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "me", "");
        await req.SendAsync("ask", TestTimeout.Token);
        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "me", "", "ask");
        await router.SendAsync(Message.Of("me", "", "answer"));
        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "answer");
    }

    [Theory]
    [InlineData("ipc")]
    [InlineData("inproc")]
    public async Task PROBE_OfDealerWithAFullQueue_ComesFirst(string transport)
    {
        await using var context = Join.NewContext();
        await using var dealer = new DealerSocket(context, Probing);
        var endpoint = Join.Fresh(transport);
        dealer.Connect(endpoint);
        await dealer.SendAsync("x", TestTimeout.Token);
        Assert.False(dealer.TrySend("one too many"));
        await using var router = new RouterSocket(context);
        await router.BindAsync(endpoint);

        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "me", "");
        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "me", "x");
    }

    [Fact]
    public async Task PROBE_OfRouterWithAFullQueue_ComesFirstOnEachConnection()
    {
        await using var sut = Sut.Create(context => new RouterSocket(context, Probing));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "ROUTER", "ABC", settle: false);
        await raw.ExpectAsync("00 00");
        await listener.DisposeAsync();
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.SendAsync(Message.Of("ABC", "x"));
        await sut.Socket.SendAsync(Message.Of("ABC", "one too many"));
        listener = sut.Keep(RawListener.Reopen(listener.Endpoint));
        raw = await sut.AcceptAsync(listener, "ROUTER", "ABC", settle: false);

        await raw.ExpectAsync("00 00  00 01 78");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    public async Task PROBE_OfOtherTypes_IsNotSent()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Probing));
        var raw = await sut.PeerListensAsync("PULL");
        await sut.Socket.SendAsync("hello"u8.ToArray());
        await raw.ExpectAsync(Octets.Hello);
    }
}
