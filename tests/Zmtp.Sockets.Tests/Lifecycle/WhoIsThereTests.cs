using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Which peers and endpoints a socket has at the moment.</summary>
public class WhoIsThereTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Peers_ComeAndGo_AreThoseThatAreThere(string transport)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        var events = new EventLog(router);
        await using var ann = new DealerSocket(context, Sut.Quick with { RoutingId = "ann"u8.ToArray() });
        await using var joe = new ReqSocket(context, Sut.Quick with { RoutingId = "joe"u8.ToArray() });
        Assert.Empty(router.Peers);

        var endpoint = await Join.ToAsync(router, ann, transport);
        var before = router.Peers;
        joe.Connect(endpoint);
        await joe.WaitForPeerAsync(TestTimeout.Default);
        for (var i = 0; i < 2; i++) await events.NextAsync(SocketEventKind.HandshakeSucceeded);

        Assert.Equal([(SocketType.Dealer, "ann"), (SocketType.Req, "joe")], router.Peers.Select(Shown));
        Assert.Equal([SocketType.Router], ann.Peers.Select(static peer => peer.SocketType));
        await ann.DisposeAsync().WithinAsync();
        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal([(SocketType.Req, "joe")], router.Peers.Select(Shown));
        Assert.Equal([(SocketType.Dealer, "ann")], before.Select(Shown));
        Assert.Empty(ann.Peers);

        static (SocketType, string) Shown(ZmtpPeer peer) => (peer.SocketType, System.Text.Encoding.UTF8.GetString(peer.Identity.Span));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Peers_OfAMessageAndOfEvents_AreTheSameObjectForAConnection(string transport)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        var events = new EventLog(router);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        await Join.ToAsync(router, dealer, transport);
        var peer = Assert.Single(router.Peers);
        await dealer.SendAsync("1");
        await dealer.SendAsync("2");

        using var first = await router.ReceiveAsync(TestTimeout.Token);
        using var second = await router.ReceiveAsync(TestTimeout.Token);
        await dealer.DisposeAsync().WithinAsync();

        Assert.Same(peer, first.Peer);
        Assert.Same(peer, second.Peer);
        Assert.Same(peer, (await events.NextAsync(SocketEventKind.HandshakeSucceeded)).Peer);
        Assert.Same(peer, (await events.NextAsync(SocketEventKind.Disconnected)).Peer);
        Assert.True(peer.Identity.IsEmpty);
        Assert.NotEqual(0, first[0].Length);
    }

    [Fact]
    public async Task ConnectedEndpoints_WhetherAPeerIsThereOrNot_AreThoseThatAreConnected()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        Assert.Empty(push.ConnectedEndpoints);

        push.Connect("TCP://127.0.0.1:1");
        push.Connect("inproc://nobody");
        push.Connect("inproc://nobody");

        Assert.Equal(["tcp://127.0.0.1:1", "inproc://nobody", "inproc://nobody"], push.ConnectedEndpoints);
        await push.DisconnectAsync("inproc://nobody").WithinAsync();
        Assert.Equal(["tcp://127.0.0.1:1", "inproc://nobody"], push.ConnectedEndpoints);
        await push.DisposeAsync().WithinAsync();
        Assert.Empty(push.ConnectedEndpoints);
    }

    [Fact]
    public async Task ConnectedEndpoints_OneThatWasGivenUp_IsNotAmongThem()
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        var endpoint = await pub.BindAsync("tcp://127.0.0.1:*");

        push.Connect(endpoint);

        await events.NextAsync(SocketEventKind.ConnectStopped);
        Assert.Empty(push.ConnectedEndpoints);
    }
}
