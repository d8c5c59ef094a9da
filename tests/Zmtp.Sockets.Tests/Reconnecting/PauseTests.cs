using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Reconnecting;

/// <summary>How long the pauses between connections are when each handshake succeeds. The clock cuts them short.</summary>
public sealed class PauseTests
{
    private static readonly SocketOptions Same = QuickPauses.Options with { RoutingId = "same"u8.ToArray() };

    private readonly QuickPauses _time = new();

    [Fact]
    [Spec("ZMTP30-34")]
    public async Task ROUTER_HasAPeerOfThisIdentity_TheOneThatIsRefusedComesEverMoreSeldom()
    {
        await using var sut = await Sut.BoundAsync(static context => new RouterSocket(context), _time);
        var first = new DealerSocket(sut.Context, Same);
        first.Connect(sut.Endpoint);
        await sut.Socket.WaitForPeerAsync(TestTimeout.Default);
        var second = new DealerSocket(sut.Context, Same);

        second.Connect(sut.Endpoint);

        await _time.ExpectGrowingAsync();
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public async Task PAIR_HasAPeer_TheOneThatIsRefusedComesEverMoreSeldom()
    {
        await using var sut = await Sut.BoundAsync(static context => new PairSocket(context), _time);
        var first = new PairSocket(sut.Context, QuickPauses.Options);
        first.Connect(sut.Endpoint);
        await sut.Socket.WaitForPeerAsync(TestTimeout.Default);
        var second = new PairSocket(sut.Context, QuickPauses.Options);

        second.Connect(sut.Endpoint);

        await _time.ExpectGrowingAsync();
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public async Task PAIR_ConnectsToASecondPeer_TriesEverMoreSeldom()
    {
        await using var sut = Sut.Create(static context => new PairSocket(context, QuickPauses.Options), _time);
        var first = new PairSocket(sut.Context);
        await Join.ToAsync(first, sut.Socket);
        var second = new PairSocket(sut.Context);

        sut.Socket.Connect(await second.BindAsync("tcp://127.0.0.1:*"));

        await _time.ExpectGrowingAsync();
    }

    [Fact]
    public async Task CONNECTION_SomethingCameBeforeItEnded_PausesStartOver()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context, QuickPauses.Options), _time);
        var listener = sut.Listens();
        for (var i = 0; i < 6; i++)
        {
            await using var raw = await listener.AcceptAsync();
            await raw.Handshake31Async("ROUTER");
            await raw.SendAsync(Octets.Hello);
            await Pairing.ExpectAsync(sut.Socket.ReceiveAsync(TestTimeout.Token), "hello");
        }

        ExpectShort();
    }

    [Fact]
    public async Task CONNECTION_LivedForAWhile_PausesStartOver()
    {
        await using var sut = Sut.Create(static context => new PushSocket(context, QuickPauses.Options), _time);
        var listener = sut.Listens();
        for (var i = 0; i < 6; i++)
        {
            await using var raw = await listener.AcceptAsync();
            await raw.Handshake31Async("PULL");
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
            _time.Pass(TimeSpan.FromSeconds(2));
        }

        ExpectShort();
    }

    [Fact]
    public async Task CONNECTION_WeEndedItOurselves_PausesStartOver()
    {
        await using var sut = Sut.Create(static context => new ReqSocket(context, QuickPauses.Options), _time);
        var listener = sut.Listens();
        for (var i = 0; i < 6; i++)
        {
            await sut.Socket.SendAsync("hello", TestTimeout.Token);
            await using var raw = await listener.AcceptAsync();
            await raw.Handshake31Async("REP");
            await raw.ExpectAsync(Octets.RequestHello);
            sut.Socket.Reset();
        }

        ExpectShort();
    }

    private void ExpectShort()
    {
        Assert.NotEmpty(_time.Pauses);
        Assert.All(_time.Pauses, static pause => Assert.InRange(pause, QuickPauses.Interval, QuickPauses.Interval * 2));
    }
}
