using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Two of our DEALERs, or two connections of one, under the same routing id at a ROUTER of libzmq.</summary>
public sealed class LibZmqHandoverTests : DisposedTests
{
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(300);

    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    /// <summary>
    /// The first stays connected, and its PINGs are answered, until it sends something: then libzmq, which has nowhere to put that, reads
    /// no more.
    /// </summary>
    [Since433Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RouterWithHandover_ServesTheSecondAndTheFirstFindsOutAfterItHasSent(bool curve)
    {
        var router = _contexts.Socket(LibZmqSocketType.Router, curve).Set(LibZmqOption.RouterHandover, 1);
        string endpoint = router.Bind();
        await using var first = Dealer(curve);
        using var events = new SocketEvents(first);
        await first.ConnectAsync(endpoint);
        await first.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["ABC", "1"], await router.ReceiveTextAsync());

        await using var second = Dealer(curve);
        await second.ConnectAsync(endpoint);
        await second.SendAsync("2", TestTimeout.Token);

        Assert.Equal(["ABC", "2"], await router.ReceiveTextAsync());
        await router.SendAsync("ABC", "answer");
        Assert.Equal("answer", await second.TextAsync());
        Assert.False(await router.HasMessageWithinAsync(Watch));
        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);

        await first.SendAsync("lost", TestTimeout.Token);
        var end = await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
    }

    /// <summary>libzmq reads nothing from it, but answers its PINGs: it cannot find out.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RouterWithoutHandover_ServesTheFirstAndTellsTheSecondNothing(bool curve)
    {
        var router = _contexts.Socket(LibZmqSocketType.Router, curve);
        string endpoint = router.Bind();
        await using var first = Dealer(curve);
        await first.ConnectAsync(endpoint);
        await first.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["ABC", "1"], await router.ReceiveTextAsync());

        await using var relay = Relay.To(endpoint);
        await using var second = Dealer(curve);
        using var events = new SocketEvents(second);
        await second.ConnectAsync(relay.Endpoint);
        await second.SendAsync("2", TestTimeout.Token);
        await second.PeerAsync();

        Assert.False(await router.HasMessageWithinAsync(Watch));
        await router.SendAsync("ABC", "answer");
        Assert.Equal("answer", await first.TextAsync());
        await first.SendAsync("3", TestTimeout.Token);
        Assert.Equal(["ABC", "3"], await router.ReceiveTextAsync());
        Assert.Equal(1, second.PeerCount);
        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);
        Assert.Equal(1, relay.ConnectionCount);
    }

    [Theory]
    [Spec("ZMTP30-69", "ZMTP30-73")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RouterWithHandover_ServesOurDealerThatComesBackAfterACut(bool curve)
    {
        var router = _contexts.Socket(LibZmqSocketType.Router, curve).Set(LibZmqOption.RouterHandover, 1);
        await using var relay = Relay.To(router.Bind());
        await using var dealer = new DealerSocket(_contexts.Ours, _contexts.Options(curve) with { RoutingId = "ABC"u8.ToArray() });
        using var events = new SocketEvents(dealer);
        await dealer.ConnectAsync(relay.Endpoint);
        await dealer.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["ABC", "1"], await router.ReceiveTextAsync());

        relay.Cut();
        await events.NextAsync(SocketEventKind.Disconnected);
        await dealer.SendAsync("2", TestTimeout.Token);

        Assert.Equal(["ABC", "2"], await router.ReceiveTextAsync());
        await router.SendAsync("ABC", "answer");
        Assert.Equal("answer", await dealer.TextAsync());
    }

    /// <summary>
    /// Without handover it is a matter of time: libzmq takes the end of the old connection in two steps, and the new one in between where the
    /// thread that uses the ROUTER was elsewhere meanwhile. So it does to its own DEALERs.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RouterWithoutHandoverThatNobodyUsedMeanwhile_LeavesOurDealerThatComesBackUnread(bool curve)
    {
        var router = _contexts.Socket(LibZmqSocketType.Router, curve);
        using var monitor = router.Monitor();
        await using var relay = Relay.To(router.Bind());
        await using var dealer = new DealerSocket(_contexts.Ours, _contexts.Options(curve) with { RoutingId = "ABC"u8.ToArray() });
        using var events = new SocketEvents(dealer);
        await dealer.ConnectAsync(relay.Endpoint);
        await dealer.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["ABC", "1"], await router.ReceiveTextAsync());
        await monitor.WaitForAsync(LibZmqEvent.HandshakeSucceeded);

        relay.Cut();
        await events.NextAsync(SocketEventKind.Disconnected);
        await dealer.SendAsync("2", TestTimeout.Token);
        await monitor.WaitForAsync(LibZmqEvent.HandshakeSucceeded);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);

        Assert.False(await router.HasMessageWithinAsync(Watch));
        Assert.Equal(1, dealer.PeerCount);
    }

    private DealerSocket Dealer(bool curve) => new(_contexts.Ours, _contexts.Options(curve) with
    {
        RoutingId = "ABC"u8.ToArray(),
        ReconnectInterval = Timeout.InfiniteTimeSpan,
        HeartbeatInterval = TimeSpan.FromMilliseconds(50),
        HeartbeatTimeout = TimeSpan.FromSeconds(2),
    });
}
