using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>One of several peers that take turns has a connection that cannot encode what it is given.</summary>
public class BrokenInTurnTests
{
    private const int Small = 5;

    /// <summary>Unsealed it lies apart, in the message's own memory.</summary>
    private const int Large = 100_000;

    [Theory]
    [InlineData(SocketType.Push, Small, false)]
    [InlineData(SocketType.Push, Small, true)]
    [InlineData(SocketType.Push, Large, true)]
    [InlineData(SocketType.Dealer, Small, false)]
    [InlineData(SocketType.Dealer, Small, true)]
    [InlineData(SocketType.Dealer, Large, false)]
    public async Task PUSH_DEALER_OnePeersConnectionCannotEncode_TheNextPeerGetsTheMessage(SocketType type, int length, bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => (SendingSocket)Sut.Socket(context, type, Sut.Quick with { Security = security }));
        var peers = await PeersAsync(sut, type, 2);
        security.Made[0].Fails = true;
        string[] texts = [new('A', length), new('B', length)];

        foreach (var text in texts) await SendAsync(sut.Socket, text, asMessage);

        foreach (var text in texts) await peers[1].ExpectAsync(Octets.Frame(text));
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Single(sut.Socket.Peers);
    }

    [Fact]
    public async Task REQ_OnePeersConnectionCannotEncode_TheNextPeerIsAsked()
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick with { Security = security }));
        var peers = await PeersAsync(sut, SocketType.Req, 2);
        security.Made[0].Fails = true;

        await sut.Socket.SendAsync("hello").WithinAsync();

        await peers[1].ExpectAsync(Octets.RequestHello);
        await peers[1].SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    /// <summary>It may be the message's own fault, for which there is no memory: it must not end one connection after the other.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PUSH_TwoConnectionsInTurnCannotEncode_TheSenderIsToldAndTheThirdIsNotTried(bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick with { Security = security }));
        var peers = await PeersAsync(sut, SocketType.Push, 3);
        foreach (var made in security.Made) made.Fails = true;

        await Assert.ThrowsAsync<OverflowException>(() => SendAsync(sut.Socket, "lost", asMessage));

        for (int i = 0; i < 2; i++) await sut.Events.NextAsync(SocketEventKind.Disconnected);
        security.Made[2].Fails = false;
        await SendAsync(sut.Socket, "hello", asMessage);
        await peers[2].ExpectAsync(Octets.Hello);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PUSH_TheOnlyPeersConnectionCannotEncode_TheSenderIsToldAndTheNextPeerGetsTheMessage(bool asMessage)
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick with { Security = security }));
        await PeersAsync(sut, SocketType.Push, 1);
        security.Made[0].Fails = true;

        await Assert.ThrowsAsync<OverflowException>(() => SendAsync(sut.Socket, "hello", asMessage));

        var sending = SendAsync(sut.Socket, "hello", asMessage);
        var next = await sut.PeerConnectsAsync("PULL", settle: false);
        await sending;
        await next.ExpectAsync(Octets.Hello);
    }

    [Fact]
    public async Task PROXY_OneBackendPeersConnectionCannotEncode_GoesOnWithTheOther()
    {
        var security = new FallibleSecurity();
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick with { Security = security }));
        await using var router = new RouterSocket(sut.Context, Sut.Quick);
        await using var client = new DealerSocket(sut.Context, Sut.Quick with { RoutingId = "A"u8.ToArray() });
        var peers = await PeersAsync(sut, SocketType.Dealer, 2);
        await Join.ToAsync(router, client, "inproc");
        security.Made[0].Fails = true;
        using var stop = new CancellationTokenSource();
        var running = ZmtpProxy.RunAsync(router, sut.Socket, capture: null, stop.Token);

        for (int i = 0; i < 2; i++) await client.SendAsync("hello", TestTimeout.Token);

        for (int i = 0; i < 2; i++) await peers[1].ExpectAsync("01 01 41 " + Octets.Hello);
        Assert.False(running.IsCompleted);
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
    }

    private static async Task<RawPeer[]> PeersAsync<T>(Sut<T> sut, SocketType type, int count)
        where T : ZmtpSocket
    {
        var peerType = type switch
        {
            SocketType.Push => "PULL",
            SocketType.Req => "REP",
            _ => "ROUTER",
        };
        RawPeer[] peers = new RawPeer[count];
        for (int i = 0; i < count; i++) peers[i] = await sut.PeerConnectsAsync(peerType);
        return peers;
    }

    private static async Task SendAsync(SendingSocket socket, string text, bool asMessage)
    {
        if (asMessage) await socket.SendAsync(Message.Of(text)).WithinAsync();
        else await socket.SendAsync(text).WithinAsync();
    }
}
