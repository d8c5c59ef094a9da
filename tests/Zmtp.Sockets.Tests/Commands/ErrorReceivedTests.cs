using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Commands;

/// <summary>An ERROR in the handshake ends it for good: the same credentials are not tried again.</summary>
public sealed class ErrorReceivedTests
{
    // Sut.Quick tries again after 10 to 20 ms, so this is far more than ten times the interval.
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData("NULL", "READY", Octets.Error400, 400)]
    [InlineData("PLAIN", "HELLO", Octets.Error400, 400)]
    [InlineData("CURVE", "HELLO", Octets.Error400, 400)]
    [InlineData("NULL", "READY", Octets.Error500, 500)]
    [InlineData("PLAIN", "HELLO", Octets.Error500, 500)]
    [InlineData("CURVE", "HELLO", Octets.Error500, 500)]
    [InlineData("NULL", "READY", "04 07 05 45 52 52 4F 52 00", 400)] // No reason.
    [InlineData("NULL", "READY", "04 0A 05 45 52 52 4F 52 03 41 42 43", 400)] // ABC
    [Spec("ZMTP30-30")]
    public async Task ERROR_InAnswerToTheFirstCommand_ClosesAndIsNotTriedAgain(
        string mechanism, string firstCommand, string error, int status)
    {
        await using var sut = Sut.Create(context =>
            new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client(mechanism) }));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31(mechanism, asServer: mechanism != "NULL"));
        await raw.ReadCommandAsync(firstCommand);

        await raw.SendAsync(error);

        await raw.ExpectCloseAsync();
        await listener.ExpectNoConnectionAsync(Watch);
        var refusal = await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => sut.Socket.WaitForPeerAsync(TestTimeout.Default));
        Assert.Equal(status, (int)refusal.Status);
        Assert.False(refusal.MayRetry);
        await sut.Events.NextAsync(SocketEventKind.ConnectStopped);
    }

    [Fact]
    [Spec("ZMTP30-30")]
    public async Task ERROR_ThenOtherCredentials_ConnectsAgain()
    {
        await using var sut = Sut.Create(context =>
            new PushSocket(context, Sut.Quick with { Security = Mechanisms.PlainSecurity.Client("admin", "wrong") }));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await raw.ReadCommandAsync("HELLO");
        await raw.SendAsync(Octets.Error400);
        await raw.ExpectCloseAsync();

        await using var other = new PushSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
        other.Connect(listener.Endpoint);

        var again = sut.Keep(await listener.AcceptAsync());
        await again.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await again.ExpectAsync(Octets.PlainHello);
        await again.SendAsync(Octets.PlainWelcome);
        await again.ReadCommandAsync("INITIATE");
        await again.SendAsync(Octets.Ready("PULL"));
        await other.WaitForPeerAsync(TestTimeout.Default).WithinAsync();
        await again.DisposeAsync();
    }

    [Fact]
    [Spec("ZMTP30-30")]
    public async Task ERROR_ThenTheApplicationConnectsAgain_IsTriedAgain()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Error400);
        await sut.Events.NextAsync(SocketEventKind.ConnectStopped);

        sut.Socket.Connect(listener.Endpoint);

        await sut.AcceptAsync(listener, "PULL");
        await sut.Socket.SendAsync("again").AsTask().WithinAsync();
    }

    [Theory]
    [InlineData("04 0A 05 45 52 52 4F 52 04 34 30 30")]
    [InlineData("04 0A 05 45 52 52 4F 52 02 34 30 30")]
    [InlineData("04 06 05 45 52 52 4F 52")]
    [Spec("ZMTP30-31")]
    public async Task ERROR_WhoseReasonDoesNotFitItsBody_ClosesAsAViolation(string error)
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var raw = await sut.RawListensAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.ReadCommandAsync("READY");

        await raw.SendAsync(error);

        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.MalformedError, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    [Fact]
    [Spec("ZMTP30-30")]
    public async Task ERROR_FromAConnectingPeer_LeavesTheListenerInService()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());

        await raw.SendAsync(Octets.Error400);

        await raw.ExpectCloseAsync();
        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }
}
