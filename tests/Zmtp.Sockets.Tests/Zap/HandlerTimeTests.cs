using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>How long a context waits for a ZAP handler: a fixed time within that of the handshake, so that a late handler is told as such.</summary>
public sealed class HandlerTimeTests
{
    /// <summary>As the security guide has it.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-48")]
    public async Task ZAP_HandlerThatNeverReplies_VerdictIs300AfterTenSeconds(string mechanism)
    {
        var time = new TimersTold();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)), time);
        sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, _ => (byte[][]?)null));
        var raw = await sut.RawConnectsAsync();
        var client = await RawClient.PressAsync(raw, mechanism);
        await time.MadeAsync(Longest).WithinAsync();

        time.Advance(Longest);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(AuthenticationStatus.TemporaryError, Assert.IsType<ZmtpAuthenticationException>(failed.Error).Status);
        Assert.Contains("did not answer within 10 s", failed.Error.Message, StringComparison.Ordinal);
    }
}
