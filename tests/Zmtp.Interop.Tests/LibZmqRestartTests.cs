using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Either end is closed and comes back at the same endpoint, pattern by pattern.</summary>
public sealed class LibZmqRestartTests : DisposedTests
{
    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    [Theory]
    [Spec("ZMTP31-28", "PUBSUB-32", "PUBSUB-57")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubOfOurPubThatComesBack_HearsItAgain(bool curve)
    {
        var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
        string endpoint;
        await using (var first = new PubSocket(_contexts.Ours, _contexts.Options(curve, serve: true)))
        {
            endpoint = await first.BindAsync("tcp://127.0.0.1:*");
            sub.Connect(endpoint);
            await first.HeardAsync(sub, "A");
        }

        await using var second = new PubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        await second.BindAsync(endpoint);
        await second.HeardAsync(sub, "A");
    }

    [Theory]
    [Spec("ZMTP31-28", "PUBSUB-12")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_SubThatComesBack_HearsOurPubAgainAndLeavesNothingBehind(bool curve)
    {
        await using var pub = new PubSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        using var events = new SocketEvents(pub);
        string endpoint = await pub.BindAsync("tcp://127.0.0.1:*");
        var first = Subscriber();
        await pub.HeardAsync(first, "A");

        first.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);

        await pub.HeardAsync(Subscriber(), "A");
        Assert.Equal(1, pub.PeerCount);

        LibZmqSocket Subscriber()
        {
            var sub = _contexts.Socket(LibZmqSocketType.Sub, curve, serve: false).Set(LibZmqOption.Subscribe, "A");
            sub.Connect(endpoint);
            return sub;
        }
    }

    [Theory]
    [Spec("ZMTP30-73", "REQREP-14")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RepThatDiesBeforeItsReply_IsAskedAgainAfterReset(bool curve)
    {
        var first = _contexts.Socket(LibZmqSocketType.Rep, curve);
        string endpoint = first.Bind();
        await using var req = new ReqSocket(_contexts.Ours, _contexts.Options(curve));
        using var events = new SocketEvents(req);
        await req.ConnectAsync(endpoint);
        await req.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["1"], await first.ReceiveTextAsync());
        var reply = req.TextAsync();

        first.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.False(reply.IsCompleted);
        req.Reset();
        await Assert.ThrowsAsync<InvalidOperationException>(() => reply);
        var second = _contexts.Socket(LibZmqSocketType.Rep, curve);
        await second.BindEventuallyAsync(endpoint);
        await req.SendAsync("2", TestTimeout.Token);

        Assert.Equal(["2"], await second.ReceiveTextAsync());
        await second.SendAsync("answer");
        Assert.Equal("answer", await req.TextAsync());
    }

    [Theory]
    [Spec("ZMTP30-73", "REQREP-25")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RelaxedReqOfOurRepThatDiesBeforeItsReply_AsksAgain(bool curve)
    {
        var req = _contexts.Socket(LibZmqSocketType.Req, curve, serve: false)
            .Set(LibZmqOption.ReqRelaxed, 1).Set(LibZmqOption.ReqCorrelate, 1);
        using var monitor = req.Monitor();
        string endpoint;
        await using (var first = new RepSocket(_contexts.Ours, _contexts.Options(curve, serve: true)))
        {
            endpoint = await first.BindAsync("tcp://127.0.0.1:*");
            req.Connect(endpoint);
            await req.SendAsync("1");
            Assert.Equal("1", await first.TextAsync());
        }

        await monitor.WaitForAsync(LibZmqEvent.Disconnected);
        await using var second = new RepSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        await second.BindAsync(endpoint);
        await req.SendAsync("2");

        Assert.Equal("2", await second.TextAsync());
        await second.SendAsync("answer", TestTimeout.Token);
        Assert.Equal(["answer"], await req.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP30-69", "ZMTP30-73", "REQREP-42")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RouterThatComesBack_AddressesOurDealerAgain(bool curve)
    {
        var first = _contexts.Socket(LibZmqSocketType.Router, curve);
        string endpoint = first.Bind();
        await using var dealer = new DealerSocket(_contexts.Ours, _contexts.Options(curve) with { RoutingId = "ABC"u8.ToArray() });
        using var events = new SocketEvents(dealer);
        await dealer.ConnectAsync(endpoint);
        await dealer.SendAsync("1", TestTimeout.Token);
        Assert.Equal(["ABC", "1"], await first.ReceiveTextAsync());

        first.Dispose();
        await events.NextAsync(SocketEventKind.Disconnected);
        var second = _contexts.Socket(LibZmqSocketType.Router, curve);
        await second.BindEventuallyAsync(endpoint);
        await dealer.SendAsync("2", TestTimeout.Token);

        Assert.Equal(["ABC", "2"], await second.ReceiveTextAsync());
        await second.SendAsync("ABC", "answer");
        Assert.Equal("answer", await dealer.TextAsync());
    }

    [Theory]
    [Spec("ZMTP30-69", "ZMTP30-73", "REQREP-42")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_DealerOfOurRouterThatComesBack_IsAddressedAgain(bool curve)
    {
        var dealer = _contexts.Socket(LibZmqSocketType.Dealer, curve, serve: false).Set(LibZmqOption.RoutingId, "ABC");
        using var monitor = dealer.Monitor();
        string endpoint;
        await using (var first = new RouterSocket(_contexts.Ours, _contexts.Options(curve, serve: true)))
        {
            endpoint = await first.BindAsync("tcp://127.0.0.1:*");
            dealer.Connect(endpoint);
            await dealer.SendAsync("1");
            Assert.Equal(["ABC", "1"], (await first.ReceiveFramesAsync()).Select(frame => Octets.ToText(frame)));
        }

        await monitor.WaitForAsync(LibZmqEvent.Disconnected);
        await using var second = new RouterSocket(_contexts.Ours, _contexts.Options(curve, serve: true) with { RouterMandatory = true });
        await second.BindAsync(endpoint);
        await dealer.SendAsync("2");

        Assert.Equal(["ABC", "2"], (await second.ReceiveFramesAsync()).Select(frame => Octets.ToText(frame)));
        await second.SendFramesAsync(Octets.Text("ABC"), Octets.Text("answer"));
        Assert.Equal(["answer"], await dealer.ReceiveTextAsync());
    }
}
