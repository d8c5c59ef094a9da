using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>An Identity that goes from a peer in the process to one over tcp, and back.</summary>
public class RouterHandoverTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Router_IdentityTakenOverFromInproc_StaysWithTheNewPeer()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        await using var near = Dealer(context, Never);
        await using var far = Dealer(context, Never);
        near.Connect(await router.BindAsync(Join.Fresh("inproc")));
        var events = new EventLog(near);

        far.Connect(await router.BindAsync(Join.Fresh("tcp")));
        await far.SendAsync("from afar"u8.ToArray());
        await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "same", "from afar");

        await events.NextAsync(SocketEventKind.Disconnected);
        await router.SendAsync(Message.Of("same", "back"));
        await Pairing.ExpectAsync(far.ReceiveAsync(TestTimeout.Token), "back");
    }

    [Fact]
    public async Task Router_IdentityTakenOverFromInproc_TheOtherComesBackAfterItsInterval()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        await using var near = Dealer(context, TimeSpan.FromMilliseconds(50));
        await using var far = Dealer(context, Never);
        near.Connect(await router.BindAsync(Join.Fresh("inproc")));
        var (nearEvents, farEvents) = (new EventLog(near), new EventLog(far));

        far.Connect(await router.BindAsync(Join.Fresh("tcp")));
        await nearEvents.NextAsync(SocketEventKind.Disconnected);
        await nearEvents.NextAsync(SocketEventKind.HandshakeSucceeded);
        await farEvents.NextAsync(SocketEventKind.Disconnected);
        await router.SendAsync(Message.Of("same", "back"));
        await Pairing.ExpectAsync(near.ReceiveAsync(TestTimeout.Token), "back");
    }

    // The handover ended the inproc end under the ROUTER's gate, which takes the context's; whoever connected had them the other way round.
    [Fact]
    public async Task Router_IdentitiesTakenOverFromInprocWhileOthersConnect_NobodyWaitsForEver()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        var name = await router.BindAsync(Join.Fresh("inproc"));
        var endpoint = await router.BindAsync(Join.Fresh("tcp"));
        using var over = new CancellationTokenSource();
        var others = Blocking.RunAsync(() =>
        {
            while (!over.IsCancellationRequested)
            {
                using var other = new DealerSocket(context);
                other.Connect(name);
            }
        });

        for (var i = 0; i < 100; i++)
        {
            await using var near = Dealer(context, Never);
            await using var far = Dealer(context, Never);
            near.Connect(name);
            far.Connect(endpoint);
            await far.SendAsync("from afar"u8.ToArray());
            await Pairing.ExpectAsync(router.ReceiveAsync(TestTimeout.Token), "same", "from afar");
        }

        await over.CancelAsync();
        await others.WithinAsync();
    }

    /// <summary>Another who is told to leave the bound end holds the joining up half-way: the connecting end knows its peer by then.</summary>
    [Fact]
    public async Task Router_IdentityTakenOverWhileTheInprocPeerComesIn_StaysWithTheNewPeer()
    {
        await using var context = Join.NewContext();
        await using var bound = new RouterSocket(context, new() { RouterHandover = true, RoutingId = "same"u8.ToArray() });
        await using var router = new RouterSocket(
            context, new() { RouterHandover = true, RoutingId = "other"u8.ToArray(), ReconnectInterval = Never, ReconnectIntervalMax = Never });
        await using var other = new DealerSocket(context, router.Options);
        await using var far = Dealer(context, Never);
        var name = await bound.BindAsync(Join.Fresh("inproc"));
        other.Connect(name);
        await other.SendAsync("here"u8.ToArray());
        using var message = await bound.ReceiveAsync(TestTimeout.Token);
        var place = (Pipe)message.Buffer.Source!.Origin;
        var leave = place.Expel!;
        var endpoint = await router.BindAsync(Join.Fresh("tcp"));
        place.Expel = isReplaced =>
        {
            far.Connect(endpoint);
            far.Send("from afar");
            router.Receive(TestTimeout.Default).Dispose();
            leave(isReplaced);
        };

        await Blocking.RunAsync(() => router.Connect(name)).WithinAsync();

        Assert.True(SpinWait.SpinUntil(() => router.PeerCount == 1 && bound.PeerCount == 0, TestTimeout.Default));
        await router.SendAsync(Message.Of("same", "back"));
        await Pairing.ExpectAsync(far.ReceiveAsync(TestTimeout.Token), "back");
    }

    [Theory]
    [InlineData("inproc")]
    [InlineData("tcp")]
    public async Task Router_IdentityTakenOver_SaysSoOfThePeerThatWasReplaced(string transport)
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        await using var near = Dealer(context, Never);
        await using var far = Dealer(context, Never);
        var events = new EventLog(router);
        near.Connect(await router.BindAsync(Join.Fresh(transport)));
        var first = (await events.NextAsync(SocketEventKind.HandshakeSucceeded)).Peer;

        far.Connect(await router.BindAsync(Join.Fresh("tcp")));

        var replaced = await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Same(first, replaced.Peer);
        Assert.Contains("Another peer with this Identity took its place", replaced.Error?.Message, StringComparison.Ordinal);
        Assert.True(replaced.Error!.MayRetry);
        Assert.Equal("replaced", replaced.Error.ErrorType);
    }

    /// <summary>Two that have one Identity by mistake, for example: each takes the place of the other for ever.</summary>
    [Fact]
    public async Task Router_PeersThatReplaceEachOtherAgainAndAgain_AreToldOfOnceAMinute()
    {
        await using var router = new Side(SocketType.Router, new SocketOptions { RouterHandover = true });
        var endpoint = await router.Socket.BindAsync(Join.Fresh("tcp"));
        List<RawPeer> peers = [];
        try
        {
            for (var i = 0; i < 5; i++)
            {
                peers.Add(await RawPeer.ConnectAsync(endpoint));
                await peers[i].Handshake31Async("DEALER", "same");
                if (i > 0) Assert.NotNull((await router.FailsAsync(SocketEventKind.Disconnected)).Error);
            }
        }
        finally
        {
            foreach (var peer in peers) await peer.DisposeAsync();
        }

        var lines = router.Log.All.Where(static line => line.Id.Id == 3703 && line.Text.Contains("took its place", StringComparison.Ordinal));
        Assert.Equal([LogLevel.Information, LogLevel.Debug, LogLevel.Debug, LogLevel.Debug], lines.Select(static line => line.Level));
        Assert.Empty(router.Log.Warnings);
    }

    /// <summary>A connection that was replaced was of no use for that: each of the two would else begin the minute anew for itself.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Router_ConnectsToTwoOfOneIdentity_IsToldOfOnceAMinuteForEach(string transport)
    {
        var time = new QuickPauses();
        await using var router = new Side(SocketType.Router, QuickPauses.Options with { RouterHandover = true }, time);
        await using var own = Join.NewContext();
        var context = transport == "inproc" ? router.Context : own;
        await using var one = Dealer(context, Never);
        await using var other = Dealer(context, Never);
        router.Socket.Connect(await one.BindAsync(Join.Fresh(transport)));
        router.Socket.Connect(await other.BindAsync(Join.Fresh(transport)));
        for (var i = 0; i < 6; i++)
        {
            await router.FailsAsync(SocketEventKind.HandshakeSucceeded);
            time.Pass(TimeSpan.FromSeconds(2)); // long enough to have been of use
            await router.FailsAsync(SocketEventKind.Disconnected);
        }

        var lines = router.Log.All.Where(static line => line.Id.Id == 3703 && line.Text.Contains("took its place", StringComparison.Ordinal));
        Assert.InRange(lines.Count(static line => line.Level == LogLevel.Information), 1, 2);
    }

    private static DealerSocket Dealer(ZmtpContext context, TimeSpan interval) =>
        new(context, new() { RoutingId = "same"u8.ToArray(), ReconnectInterval = interval, ReconnectIntervalMax = interval });
}
