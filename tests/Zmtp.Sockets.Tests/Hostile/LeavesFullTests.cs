using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>Peers that send more than the marks allow, and leave while the socket does not read them for want of room.</summary>
public class LeavesFullTests
{
    private const int Mark = 3;
    private const int Sent = 5;
    private const int Few = 2;
    private static readonly SocketEventKind[] Comings = [SocketEventKind.HandshakeSucceeded, SocketEventKind.Disconnected];
    private static readonly SocketOptions Small = Sut.Quick with { ReceiveHighWaterMark = Mark, MaxPendingHandshakes = Few };

    [PollerTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PULL_PeersLeaveFullAndOthersComeWhileNobodyReceives_FewAreKeptAndWhatWasTakenArrives(bool isReset)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Small));

        await ComeAndGoAsync(sut, isReset);
    }

    [Fact]
    public async Task PULL_PeersLeaveFullWhereTheRuntimeWaits_HeartbeatsFindOutAndFewAreKept()
    {
        var options = Small with
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            Transport = TransportOptions.Default with { UsesRuntimeEvents = true },
        };
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options));

        await ComeAndGoAsync(sut, isReset: true);
    }

    [PollerFact]
    public async Task PULL_OneMorePeerLeavesFullThanMay_TheOldestEndsAndTheOthersAreReadToTheirEnd()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Small));
        var peers = new List<RawPeer>();
        for (var number = 0; number <= Few; number++) peers.Add(await sut.PeerConnectsAsync("PUSH"));
        for (var number = 0; number <= Few; number++) await SendAsync(peers[number], number);
        foreach (var peer in peers) await peer.DisposeAsync();

        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.StartsWith("The peer has left, and what it had sent and was not read yet was given up", ended.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(FaultOrigin.Local, ended.Error.Origin);

        List<string> received = [];
        for (var i = 0; i < Mark + (Few * Sent); i++) received.Add(await sut.Socket.NextAsync());
        var counts = received.GroupBy(static text => text.Split('.')[0], static (_, texts) => texts.Count());
        Assert.Equal([Mark, Sent, Sent], counts.Order());
        for (var number = 0; number < Few; number++) await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(0, sut.Socket.PeerCount);
    }

    [PollerFact]
    public async Task PULL_TwoPeersHaveLeftFull_ThoseThatComeAreNotRead()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Small));
        for (var number = 0; number < Few; number++)
        {
            var peer = await sut.PeerConnectsAsync("PUSH");
            await SendAsync(peer, number);
            await peer.DisposeAsync();
        }

        // Until it is known that they have left those that come are read. One more than may wait to be read shows that they are not.
        var until = TestTimeout.Token;
        SocketEvent? ended = null;
        while (ended is null)
        {
            until.ThrowIfCancellationRequested();
            await sut.PeerConnectsAsync("PUSH", settle: false);
            ended = sut.Events.Rest().FirstOrDefault(static happened => happened.Kind == SocketEventKind.Disconnected);
        }

        Assert.StartsWith("The connection was ended before anything of it was read", ended.Error!.Message, StringComparison.Ordinal);
        List<string> received = [];
        for (var i = 0; i < Few * Sent; i++) received.Add(await sut.Socket.NextAsync());
        Assert.Equal(Few * Sent, received.Distinct().Count());
    }

    /// <summary>What they had sent is received, and no end of theirs says that others may be read.</summary>
    [Fact]
    public async Task PULL_PeersTakeNothingAnyMoreAndStay_OthersAreReadOnceWhatTheySentIsReceived()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Small);
        using var events = new SocketEvents(pull);
        var endpoint = await pull.BindAsync(Join.Fresh("ipc"));
        var peers = new List<RawPeer>();
        try
        {
            for (var number = 0; number < Few; number++)
            {
                var peer = await ComeAsync();
                peer.ShutdownReceive();
                await peer.SendAsync(Octets.Ping);
                await SendAsync(peer, number);
            }

            // Until it is known of them those that come are read. One more than may wait to be read shows that they are not.
            var until = TestTimeout.Token;
            while (!events.Drain().Any(static happened => happened.Kind == SocketEventKind.Disconnected))
            {
                until.ThrowIfCancellationRequested();
                await ComeAsync();
            }

            for (var i = 0; i < Few * Sent; i++) await pull.NextAsync();
            await peers[^1].SendAsync(Octets.Hello);
            Assert.Equal("hello", await pull.NextAsync());
        }
        finally
        {
            foreach (var peer in peers) await peer.DisposeAsync();
        }

        async Task<RawPeer> ComeAsync()
        {
            var peer = await RawPeer.ConnectAsync(endpoint);
            peers.Add(peer);
            await peer.Handshake31Async("PUSH");
            return peer;
        }
    }

    [Fact]
    public async Task CLOSE_WhilePeersThatLeftFullAreWatched_IsNotHeldUp()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Small));
        for (var number = 0; number <= Few; number++)
        {
            var peer = await sut.PeerConnectsAsync("PUSH", settle: false);
            await SendAsync(peer, number);
            if (number > 0) peer.Reset();
        }

        await sut.Socket.DisposeAsync().WithinAsync();
    }

    private static async Task ComeAndGoAsync(Sut<PullSocket> sut, bool isReset)
    {
        const int Peers = 20;
        var ended = 0;
        for (var number = 0; number < Peers; number++)
        {
            var peer = await sut.PeerConnectsAsync("PUSH", settle: false);
            while ((await sut.Events.NextAsync(Comings)).Kind == SocketEventKind.Disconnected) ended++;
            await SendAsync(peer, number);
            if (isReset) peer.Reset();
            else await peer.DisposeAsync();
        }

        // So many may be kept of those that left full, and as many of those that are not read since these have left.
        for (; ended < Peers - (2 * Few); ended++) await sut.Events.NextAsync(SocketEventKind.Disconnected);

        // In order and without a gap, each; of the first all that there was room for.
        var counts = new int[Peers];
        while (counts[0] < Mark || !counts.Contains(Sent))
        {
            var text = await sut.Socket.NextAsync();
            var number = int.Parse(text.Split('.')[0], null);
            Assert.Equal($"{number}.{counts[number]++}", text);
        }
    }

    private static Task SendAsync(RawPeer peer, int number) =>
        peer.SendAsync([.. Enumerable.Range(0, Sent).Select(i => Octets.Frame($"{number}.{i}"))]);
}
