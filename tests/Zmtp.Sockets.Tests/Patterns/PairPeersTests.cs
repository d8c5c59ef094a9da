using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

public class PairPeersTests
{
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Pair_SecondPeer_IsTurnedAwayAndTheFirstStays(string transport)
    {
        await using var context = Join.NewContext();
        await using var bound = new PairSocket(context);
        await using var first = new PairSocket(context);
        var endpoint = await Join.ToAsync(bound, first, transport);
        var log = new EventLog(bound);
        await using var second = new PairSocket(context);
        second.Connect(endpoint);

        var failure = await log.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("peer already", failure.Error!.Message, StringComparison.Ordinal);
        await Pairing.ExchangeAsync(bound, first);
        Assert.Equal(1, bound.PeerCount);
    }

    /// <summary>As in libzmq the place is that endpoint's; but it is not said that there is somebody.</summary>
    [Fact]
    public async Task Pair_ConnectsToNobody_WhoComesIsToldWhoHasThePlace()
    {
        await using var context = Join.NewContext();
        await using var pair = new PairSocket(context);
        var nobody = Join.Fresh("ipc");
        pair.Connect(nobody);
        var endpoint = await pair.BindAsync("tcp://127.0.0.1:*");
        var log = new EventLog(pair);
        await using var comes = new PairSocket(context);
        comes.Connect(endpoint);

        var failure = await log.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains(nobody, failure.Error!.Message, StringComparison.Ordinal);

        await pair.DisconnectAsync(nobody);
        await comes.WaitForPeerAsync(TestTimeout.Default);
        await Pairing.ExchangeAsync(pair, comes);
    }

    [Fact]
    public async Task Pair_FirstPeerLeaves_AnotherMayCome()
    {
        await using var context = Join.NewContext();
        await using var bound = new PairSocket(context);
        var endpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        var log = new EventLog(bound);
        for (var i = 0; i < 5; i++)
        {
            await using (var peer = await RawPeer.ConnectAsync(endpoint))
            {
                await peer.Handshake31Async("PAIR");
                await peer.SendAsync(Octets.Hello);
                await Pairing.ExpectAsync(bound.ReceiveAsync(TestTimeout.Token), "hello");
            }

            await log.NextAsync(SocketEventKind.Disconnected);
            Assert.True(SpinWait.SpinUntil(() => !bound.TrySend("nobody"), TestTimeout.Default));
        }
    }

    [Fact]
    public async Task Pair_InprocFirstPeerLeaves_TheOneTurnedAwayComesIn()
    {
        await using var context = Join.NewContext();
        await using var bound = new PairSocket(context);
        var first = new PairSocket(context);
        var endpoint = await Join.ToAsync(bound, first, "inproc");
        await using var second = new PairSocket(context);
        second.Connect(endpoint);
        await first.DisposeAsync();

        await second.WaitForPeerAsync(TestTimeout.Default);
        await Pairing.ExchangeAsync(bound, second);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    [Spec("PAIR-13")]
    public async Task Pair_FirstEndpointIsGivenUp_TheOnePassedOverComesIn(string transport)
    {
        await using var context = Join.NewContext();
        await using var pair = new PairSocket(context, Sut.Quick);
        await using var first = new PairSocket(context);
        await using var second = new PairSocket(context);
        var endpoint = await first.BindAsync(Join.Fresh(transport));
        pair.Connect(endpoint);
        await pair.WaitForPeerAsync(TestTimeout.Default);
        var log = new EventLog(pair);
        pair.Connect(await second.BindAsync(Join.Fresh(transport)));
        await log.NextAsync(SocketEventKind.HandshakeFailed);

        await pair.DisconnectAsync(endpoint);

        await UntilHeardAsync(pair, second);
        await Pairing.ExchangeAsync(pair, second);
    }

    [Fact]
    [Spec("PAIR-13")]
    public async Task Pair_EndpointThatIsGivenUpStillLingers_TheInprocOneTurnedAwayComesIn()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var pair = new PairSocket(context, new() { Linger = TestTimeout.Default * 2 });
        pair.Connect(nobody.Endpoint);
        Assert.True(pair.TrySend("nobody hears"));
        await using var comes = new PairSocket(context);
        var log = new EventLog(comes);
        comes.Connect(await pair.BindAsync(Join.Fresh("inproc")));
        await log.NextAsync(SocketEventKind.HandshakeFailed);
        using var hurry = new CancellationTokenSource();

        var leaving = pair.DisconnectAsync(nobody.Endpoint, hurry.Token).AsTask();

        await comes.WaitForPeerAsync(TestTimeout.Default);
        Assert.False(leaving.IsCompleted);
        await hurry.CancelAsync();
        await leaving.WithinAsync();
        await Pairing.ExchangeAsync(pair, comes);
    }

    [Theory]
    [InlineData("tcp", "tcp")]
    [InlineData("tcp", "inproc")]
    [InlineData("inproc", "tcp")]
    [InlineData("inproc", "inproc")]
    [Spec("PAIR-13")]
    public async Task Pair_AcceptedPeerLeaves_TheEndpointPassedOverComesIn(string accepted, string connected)
    {
        await using var context = Join.NewContext();
        await using var pair = new PairSocket(context, Sut.Quick);
        var first = new PairSocket(context);
        await Join.ToAsync(pair, first, accepted);
        await using var second = new PairSocket(context);
        var log = new EventLog(pair);
        pair.Connect(await second.BindAsync(Join.Fresh(connected)));
        await log.NextAsync(SocketEventKind.HandshakeFailed);

        await first.DisposeAsync();

        await UntilHeardAsync(pair, second);
        await Pairing.ExchangeAsync(pair, second);
    }

    [Fact]
    [Spec("PAIR-13")]
    public async Task Pair_TcpPeerLeaves_TheInprocOneTurnedAwayComesIn()
    {
        await using var context = Join.NewContext();
        await using var bound = new PairSocket(context);
        var first = new PairSocket(context);
        await Join.ToAsync(bound, first);
        await using var second = new PairSocket(context);
        var log = new EventLog(second);
        second.Connect(await bound.BindAsync(Join.Fresh("inproc")));
        await log.NextAsync(SocketEventKind.HandshakeFailed);

        await first.DisposeAsync();

        await second.WaitForPeerAsync(TestTimeout.Default);
        await Pairing.ExchangeAsync(bound, second);
    }

    /// <summary>Over tcp who was turned away knows it only when it hears the other hang up: what is sent before that is lost.</summary>
    private static async Task UntilHeardAsync(PairSocket from, PairSocket to)
    {
        var until = TestTimeout.Token;
        do
        {
            await from.SendAsync("probe", until);
        }
        while (!to.TryReceive(TimeSpan.FromMilliseconds(20), out _));
        await from.SendAsync("last probe", until);
        while ((await to.ReceiveAsync(until)).AsString() != "last probe")
        {
        }
    }
}
