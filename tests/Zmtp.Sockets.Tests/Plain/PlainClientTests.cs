using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Plain;

/// <summary>A PLAIN client on a real connection.</summary>
public sealed class PlainClientTests
{
    private static readonly TimeSpan ManyIntervals = TimeSpan.FromMilliseconds(300);

    [Fact]
    [Spec("PLAIN-03", "PLAIN-10", "PLAIN-11", "PLAIN-13")]
    public async Task PLAIN_Handshake_NoMessageLeavesBeforeReady()
    {
        await using var sut = Create();
        var listener = sut.Listens();
        await sut.Socket.SendAsync("hello");
        var raw = sut.Keep(await listener.AcceptAsync());

        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await raw.ExpectAsync(Octets.PlainHello);
        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(100));
        await raw.SendAsync(Octets.PlainWelcome);
        await raw.ExpectAsync("04 1D 08 49 4E 49 54 49 41 54 45 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48");
        await raw.ExpectNothingAsync(TimeSpan.FromMilliseconds(100));
        await raw.SendAsync(Octets.Ready("PULL"));

        await raw.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("PLAIN-03")]
    public async Task PLAIN_EmptyUserAndPassword_HelloHasTwoZeroLengths()
    {
        await using var sut = Sut.Create(
            context => new PushSocket(context, Sut.Quick with { Security = PlainSecurity.Client("", "") }));
        var raw = await sut.RawListensAsync();

        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));

        await raw.ExpectAsync("04 08 05 48 45 4C 4C 4F 00 00");
    }

    [Theory]
    [InlineData("400", false)]
    [InlineData("500", false)]
    [InlineData("400", true)]
    [InlineData("500", true)]
    [Spec("PLAIN-08", "PLAIN-18")]
    public async Task PLAIN_ErrorFromTheServer_StopsTheClientForGoodAndSaysWhy(string reason, bool afterWelcome)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await raw.ExpectAsync(Octets.PlainHello);
        if (afterWelcome)
        {
            await raw.SendAsync(Octets.PlainWelcome);
            await raw.ReadCommandAsync("INITIATE");
        }

        await raw.SendAsync(Octets.Error(reason));

        await raw.ExpectCloseAsync();
        await raw.DisposeAsync();
        var stopped = await sut.Events.NextAsync(SocketEventKind.ConnectStopped);
        var refusal = Assert.IsType<ZmtpAuthenticationException>(stopped.Error);
        Assert.Equal(reason, $"{(int)refusal.Status}");
        await listener.ExpectNoConnectionAsync(ManyIntervals);
        var waiting = await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => sut.Socket.WaitForPeerAsync(TestTimeout.Default));
        Assert.Equal(refusal.Status, waiting.Status);
    }

    [Theory]
    [InlineData("")] // FIN
    [InlineData("04 09 07 57 45 4C 43 4F 4D 45 00")] // WELCOME with data
    [InlineData("04 06 05 52 45 41 44 59")] // READY before WELCOME
    [InlineData("00 08 07 57 45 4C 43 4F 4D 45")] // WELCOME as a message frame
    [InlineData("00 05 68 65 6C 6C 6F")] // a message
    [InlineData("04 06 05 45 52 52 4F 52")] // ERROR without a reason
    [Spec("PLAIN-07", "PLAIN-17")]
    public async Task PLAIN_AnythingButWelcomeAfterHello_IsClosedWithoutAFrameAndTriedAgain(string answer)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await raw.ExpectAsync(Octets.PlainHello);

        if (answer.Length == 0) raw.ShutdownSend();
        else await raw.SendAsync(answer);

        await raw.ExpectCloseAsync();
        var again = sut.Keep(await listener.AcceptAsync());
        await again.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN", asServer: true));
        await again.ExpectAsync(Octets.PlainHello);
    }

    private static Sut<PushSocket> Create() =>
        Sut.Create(context => new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client("PLAIN") }));
}
