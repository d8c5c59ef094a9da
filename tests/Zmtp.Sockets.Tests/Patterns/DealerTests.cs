using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>DEALER towards scripted peers (RFC 28, "The DEALER Socket Type").</summary>
public class DealerTests
{
    [Fact]
    [Spec("REQREP-24", "REQREP-31", "REQREP-34")]
    public async Task DEALER_ThreePeers_GetMessagesInRotation()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        await Rotation.ExpectAsync(sut, ["REP", "ROUTER", "DEALER"]);
    }

    [Fact]
    [Spec("REQREP-25")]
    public async Task DEALER_Messages_AreNotChanged()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        await Unchanged.ExpectSentAsync(sut, "ROUTER");
        await Unchanged.ExpectReceivedAsync(sut, "DEALER");
    }

    [Fact]
    [Spec("REQREP-26", "REQREP-29", "REQREP-30", "REQREP-32", "REQREP-33")]
    public async Task DEALER_PeerStopsReading_IncomingStillFlowsAndTheOthersGetEverything()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Stalling.Options));
        await Stalling.ExpectOthersGetEverythingAsync(sut, "DEALER", incoming: true);
    }

    [Fact]
    [Spec("REQREP-27", "REQREP-29", "REQREP-32", "REQREP-33", "REQREP-34")]
    public async Task DEALER_ConnectedToNobodyYet_QueuesUpToTheMarkAndSendsThem()
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick with { SendHighWaterMark = 10 }));
        await Waiting.ExpectQueuedAsync(sut, "ROUTER");
    }

    [Fact]
    [Spec("REQREP-28")]
    public async Task DEALER_BoundAndPeerLeaves_ItsMessagesGoWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Stalling.Options));
        await Stalling.ExpectQueueGoesWithThePeerAsync(sut, "DEALER");
    }

    [Fact]
    [Spec("REQREP-35", "REQREP-36")]
    public async Task DEALER_ThreePeersFlood_AreHeardInTurn()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "ROUTER");
    }

    [Fact]
    [Spec("REQREP-32")]
    public async Task DEALER_NoPeer_BlocksOrSaysSo()
    {
        await using var sut = await Sut.BoundAsync(
            context => new DealerSocket(context, Sut.Quick with { SendTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.False(sut.Socket.TrySend("hello"));
        Assert.Throws<TimeoutException>(() => sut.Socket.Send("hello"));
        using var cancelled = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sut.Socket.SendAsync("hello", cancelled.Token));
        var raw = await sut.PeerConnectsAsync("DEALER");
        await raw.ExpectOpenAsync();
    }
}
