using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>Our sockets at both ends of zmq_proxy, and what libzmq's REQ puts around a request that it can tell from others.</summary>
public sealed class LibZmqProxyTests : DisposedTests
{
    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    [Theory]
    [Spec("REQREP-12", "REQREP-25")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_ProxyOfRouterAndDealer_CarriesRequestsOfOursAndReplies(bool curve)
    {
        using var proxy = new LibZmqProxy(LibZmqSocketType.Router, LibZmqSocketType.Dealer, Secure(curve));
        await using var rep = new RepSocket(_contexts.Ours, _contexts.Options(curve));
        await rep.ConnectAsync(proxy.Backend);
        await using var first = new ReqSocket(_contexts.Ours, _contexts.Options(curve));
        await using var second = new ReqSocket(_contexts.Ours, _contexts.Options(curve));
        await first.ConnectAsync(proxy.Frontend);
        await second.ConnectAsync(proxy.Frontend);

        await first.SendAsync("1", TestTimeout.Token);
        await second.SendAsync("2", TestTimeout.Token);
        for (int i = 0; i < 2; i++) await rep.SendAsync("reply to " + await rep.TextAsync(), TestTimeout.Token);

        Assert.Equal("reply to 1", await first.TextAsync());
        Assert.Equal("reply to 2", await second.TextAsync());
    }

    [Theory]
    [Spec("PUBSUB-07", "PUBSUB-37")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_ProxyOfXSubAndXPub_CarriesSubscriptionsOfOursAndMessages(bool curve)
    {
        using var proxy = new LibZmqProxy(LibZmqSocketType.XSub, LibZmqSocketType.XPub, Secure(curve));
        await using var pub = new PubSocket(_contexts.Ours, _contexts.Options(curve));
        await using var sub = new SubSocket(_contexts.Ours, _contexts.Options(curve));
        await pub.ConnectAsync(proxy.Frontend);
        await sub.ConnectAsync(proxy.Backend);
        sub.Subscribe("A");

        var heard = sub.TextAsync();
        do
        {
            await pub.SendAsync("B1", TestTimeout.Token);
            await pub.SendAsync("A1", TestTimeout.Token);
        }
        while (await Task.WhenAny(heard, Task.Delay(10)) != heard);

        Assert.Equal("A1", await heard);
    }

    [Theory]
    [Spec("REQREP-14", "REQREP-25")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_RequestIdOfItsReq_ComesBackWithOurReply(bool weRoute)
    {
        await using var ours = OurSocket.Create(_contexts.Ours, weRoute ? SocketType.Router : SocketType.Rep);
        await using var relay = Relay.To(await ours.BindAsync("tcp://127.0.0.1:*"));
        var req = _contexts.Theirs.Socket(LibZmqSocketType.Req).Set(LibZmqOption.ReqCorrelate, 1).Set(LibZmqOption.ReqRelaxed, 1);
        req.Connect(relay.Endpoint);

        await req.SendAsync("question");
        byte[][] asked = await ours.ReceiveFramesAsync();
        Assert.Equal("question", Octets.ToText(asked[^1]));
        Assert.Equal(weRoute ? [5, 4, 0, 8] : [8], asked.Select(frame => frame.Length));
        await ours.SendFramesAsync([.. asked[..^1], Octets.Text("answer")]);

        Assert.Equal(["answer"], await req.ReceiveTextAsync());
        string sent = Octets.ToHex(relay.SentByClient());
        string request = sent[sent.IndexOf(" 01 04 ", StringComparison.Ordinal)..];
        string id = request[..(" 01 04 ".Length + "00 00 00 00".Length)];
        Assert.EndsWith(id + " 01 00 00 06 " + Octets.ToHex("answer"u8), Octets.ToHex(relay.SentByServer()), StringComparison.Ordinal);

        // Given up, and asked again: the reply to the first is not taken for that to the second.
        await req.SendAsync("first");
        byte[][] first = await ours.ReceiveFramesAsync();
        await req.SendAsync("second");
        await ours.SendFramesAsync([.. first[..^1], Octets.Text("late")]);
        byte[][] second = await ours.ReceiveFramesAsync();
        await ours.SendFramesAsync([.. second[..^1], Octets.Text("in time")]);
        Assert.Equal(["in time"], await req.ReceiveTextAsync());
    }

    private static Action<LibZmqSocket> Secure(bool curve) => socket =>
    {
        if (curve) socket.CurveServer(LibZmqKeys.TestServer);
    };
}
