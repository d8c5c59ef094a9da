using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Lessons;

/// <summary>Peers that come and go while a ZAP handler says nothing: it is asked by frames, and the limits are the same.</summary>
[Collection(AloneCollection.Name)]
public sealed class ZapCrowdTests
{
    private const int Pending = 4;

    [Fact]
    [Lesson("T19")]
    public async Task CROWD_ThatLeavesAndAHandlerThatWatchesItsToken_IsToldOfEachThatIsGone()
    {
        var authenticator = new Mute();
        await using var context = Searched.NewContext();
        await using var served = await context.ServeZapAsync(authenticator);
        await using var pull = new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Pending });
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");

        for (var i = 0; i < 20 * Pending; i++) await ComeAndGoAsync(endpoint);

        Assert.NotEqual(0, authenticator.Most);
        await UntilAsync(() => authenticator.Now <= Pending);
        authenticator.Verdict = AuthenticationResult.Success();
        await ExpectGoodPeerAsync(pull, endpoint);
    }

    [Fact]
    [Lesson("T19")]
    public async Task CROWD_ThatLeavesAndAHandlerThatGoesOn_IsAskedAboutInBoundedNumber()
    {
        const int Limit = 2048;
        var authenticator = new Mute { WatchesToken = false };
        await using var context = Searched.NewSilentContext();
        await using var served = await context.ServeZapAsync(authenticator);
        await using var pull = new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Pending });
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");

        // Not for all: who leaves before the handler has looked is not asked about.
        for (var i = 0; authenticator.Now < Limit; i++)
        {
            Assert.True(i < 2 * Limit, $"{authenticator.Now} questions are open.");
            await ComeAndGoAsync(endpoint);
        }

        for (var i = 0; i < 20 * Pending; i++) await ComeAndGoAsync(endpoint);

        Assert.InRange(authenticator.Most, Limit, Limit + (2 * Pending));
        await using (var late = await RawPeer.ConnectAsync(endpoint))
        {
            await late.SendAsync(Octets.Greeting31());
            await late.ReadAsync(64);
            await late.ExpectCloseAsync();
        }

        authenticator.Verdict = AuthenticationResult.Success();
        authenticator.Answer();
        await UntilAsync(() => authenticator.Now == 0);
        await ExpectGoodPeerAsync(pull, endpoint);
    }

    [Fact]
    [Lesson("T19")]
    public async Task CROWD_ThatLeavesAndAHandlerOfTheApplicationThatIsBusy_LeavesNoRequestsBehind()
    {
        await using var context = Searched.NewContext();
        await using var handler = new RepSocket(context);
        await handler.BindAsync(ZapHandler.Endpoint);
        await using var pull = new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Pending });
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using (var asked = await RawPeer.ConnectAsync(endpoint))
        {
            await asked.SendAsync(Octets.Greeting31());
            await UntilAsync(() => handler.Receiver.ReadyCount == 1);
        }

        for (var i = 0; i < 20 * Pending; i++) await ComeAndGoAsync(endpoint);

        await UntilAsync(() => handler.PeerCount <= Pending);
        Assert.InRange(handler.Receiver.ReadyCount, 0, Pending);

        var waiting = 0;
        while (handler.TryReceive(out var request))
        {
            waiting++;
            using (request) await handler.SendAsync("nobody reads this");
        }

        Assert.InRange(waiting, 0, Pending);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var timeout = TestTimeout.Token;
        while (!isSo()) await Task.Delay(1, timeout);
    }

    private static async Task ComeAndGoAsync(string endpoint)
    {
        await using var peer = await RawPeer.ConnectAsync(endpoint);
        await peer.SendAsync(Octets.Greeting31());
        await peer.ReadAsync(64);
    }

    private static async Task ExpectGoodPeerAsync(PullSocket pull, string endpoint)
    {
        await using var good = await RawPeer.ConnectAsync(endpoint);
        await good.Handshake31Async("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await pull.NextAsync());
    }
}
