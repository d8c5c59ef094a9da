using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>MaxPendingHandshakes: one handshake too many drops the oldest.</summary>
public sealed class PendingHandshakeTests
{
    private const int Max = 3;

    [Fact]
    [Spec("ZMTP30-101")]
    public async Task HANDSHAKES_OneMoreThanAllowed_DropsTheOldestAndSaysWhy()
    {
        await using var sut = await BoundAsync();
        var silent = await SilentPeersAsync(sut, Max);

        var newest = await sut.RawConnectsAsync();

        await silent[0].ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("MaxPendingHandshakes", failed.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(FaultOrigin.Local, failed.Error.Origin);
        await newest.ReadAsync(64);
        foreach (var other in silent.Skip(1)) await CompleteAsync(other);
        await CompleteAsync(newest);
    }

    [Fact]
    [Spec("ZMTP30-101")]
    public async Task HANDSHAKES_AllPlacesTakenBySilentPeers_GoodPeerIsServed()
    {
        await using var sut = await BoundAsync();
        await SilentPeersAsync(sut, 3 * Max);

        var good = await sut.PeerConnectsAsync("PUSH");

        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        Assert.Equal(1, sut.Socket.PeerCount);
    }

    [Fact]
    [Spec("ZMTP30-101")]
    public async Task HANDSHAKES_ThatAreComplete_DoNotCount()
    {
        await using var sut = await BoundAsync();
        List<RawPeer> good = [];
        for (var i = 0; i < 2 * Max; i++) good.Add(await sut.PeerConnectsAsync("PUSH"));

        await SilentPeersAsync(sut, 2 * Max);

        foreach (var peer in good) await peer.ExpectOpenAsync();
        Assert.Equal(2 * Max, sut.Socket.PeerCount);
    }

    [Fact]
    [Spec("ZMTP30-101")]
    public async Task HANDSHAKES_ThatFailed_DoNotCount()
    {
        await using var sut = await BoundAsync();
        var silent = (await SilentPeersAsync(sut, 1))[0];

        for (var i = 0; i < 3 * Max; i++)
        {
            var bad = await sut.RawConnectsAsync();
            await bad.SendAsync("00");
            await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        }

        await CompleteAsync(silent);
    }

    /// <summary>Else a flood of wrong passwords would hide itself: each is refused, and has a second to read that.</summary>
    [Fact]
    public async Task HANDSHAKES_OneMoreThanAllowedWhereTheOldestIsRefused_TheRefusalIsTold()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, TestServers.Asking("PLAIN") with { MaxPendingHandshakes = 1 }), new FakeTimeProvider());
        sut.Context.Use(new FixedVerdict(AuthenticationResult.Denied("No.")));
        var refused = await sut.RawConnectsAsync();
        await RawClient.KnockAsync(refused, "PLAIN");
        await refused.ExpectAsync(Octets.Error400);

        await sut.RawConnectsAsync();

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.IsType<ZmtpAuthenticationException>(failed.Error);
    }

    /// <summary>Else slow verdicts would come about peers that are gone by then, and those would ask for others.</summary>
    [Fact]
    public async Task HANDSHAKES_MoreThanAllowedWhileOthersWaitForTheirVerdicts_AllButOneInFourAreKept()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Max }), new FakeTimeProvider());
        var verdict = new TaskCompletionSource<AuthenticationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var asked = new SemaphoreSlim(0);
        sut.Context.Use(new FunctionAuthenticator(_ =>
        {
            asked.Release();
            return verdict.Task;
        }));
        List<RawPeer> waiting = [];
        for (var i = 0; i < Max - 1; i++)
        {
            var peer = await sut.RawConnectsAsync();
            await peer.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
            await asked.WaitAsync(TestTimeout.Token);
            waiting.Add(peer);
        }

        var newcomers = await SilentPeersAsync(sut, 2 * Max);

        foreach (var newcomer in newcomers.SkipLast(1)) await newcomer.ExpectCloseAsync();

        verdict.SetResult(AuthenticationResult.Success(""));
        foreach (var peer in waiting)
        {
            await peer.ReadAsync(64);
            await peer.ReadCommandAsync("READY");
            await peer.ExpectOpenAsync();
        }
    }

    private static Task<Sut<PullSocket>> BoundAsync() =>
        Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { MaxPendingHandshakes = Max }));

    /// <summary>Peers that read our greeting, so that their handshakes are known to be under way, and send nothing.</summary>
    private static async Task<List<RawPeer>> SilentPeersAsync(Sut<PullSocket> sut, int count)
    {
        List<RawPeer> peers = [];
        for (var i = 0; i < count; i++)
        {
            var peer = await sut.RawConnectsAsync();
            await peer.ReadAsync(64);
            peers.Add(peer);
        }

        return peers;
    }

    private static async Task CompleteAsync(RawPeer peer)
    {
        await peer.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
        await peer.ReadCommandAsync("READY");
        await peer.ExpectOpenAsync();
    }
}
