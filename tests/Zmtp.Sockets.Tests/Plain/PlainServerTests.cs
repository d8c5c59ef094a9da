using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Plain;

/// <summary>A PLAIN server on a real connection; everybody has the right password.</summary>
public sealed class PlainServerTests
{
    private const string Initiate = "04 1D 08 49 4E 49 54 49 41 54 45 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48";

    [Fact]
    [Spec("PLAIN-03", "PLAIN-06", "PLAIN-10", "PLAIN-13")]
    public async Task PLAIN_Handshake_IsTheOctetsOfTheSpecAndTrafficIsPlainFraming()
    {
        await using var sut = await OpenAsync();
        var raw = await GreetAsync(sut);

        await raw.SendAsync(Octets.PlainHello);
        await raw.ExpectAsync(Octets.PlainWelcome);
        await raw.SendAsync(Initiate);
        await raw.ExpectAsync("04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C");
        await raw.SendAsync("01 01 41 00 05 68 65 6C 6C 6F");

        Assert.Equal("A,hello", await sut.Socket.NextAsync());
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PLAIN-12")]
    public async Task PLAIN_QueuedMessage_FollowsReadyAtOnce()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, TestServers.Asking("PLAIN")));
        sut.Context.Use(FixedVerdict.Success);
        var sending = sut.Socket.SendAsync("hello").AsTask();

        var raw = await sut.RawConnectsAsync();
        var client = await RawClient.KnockAsync(raw, "PLAIN", "PULL");
        await client.ExpectLetInAsync();

        await raw.ExpectAsync(Octets.Hello);
        await sending.WithinAsync();
    }

    [Theory]
    [InlineData(Initiate)]
    [InlineData("04 0A 05 45 52 52 4F 52 03 34 30 30")] // ERROR
    [InlineData("04 08 07 57 45 4C 43 4F 4D 45")] // WELCOME
    [InlineData("04 06 05 52 45 41 44 59")] // READY
    [InlineData("00 13 05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74")] // HELLO as a message frame
    [InlineData("00 05 68 65 6C 6C 6F")] // a message
    [InlineData("04 07 04 50 49 4E 47 00 00")] // PING
    [Spec("PLAIN-06", "PLAIN-17", "PLAIN-18")]
    public async Task PLAIN_AnythingButHelloFirst_IsClosedWithoutAFrame(string first)
    {
        await using var sut = await OpenAsync();
        var raw = await GreetAsync(sut);

        await raw.SendAsync(first);

        await raw.ExpectCloseAsync();
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData("04 13 05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74")] // HELLO again
    [InlineData("00 05 68 65 6C 6C 6F")] // a message
    [InlineData("04 0A 05 45 52 52 4F 52 03 34 30 30")] // ERROR
    [InlineData("04 1C 08 49 4E 49 54 49 41 54 45 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53")] // value truncated
    [InlineData("04 0A 08 49 4E 49 54 49 41 54 45 0B")] // name truncated
    [InlineData("04 09 08 49 4E 49 54 49 41 54 45", "Incompatible-Socket-Type")] // no Socket-Type
    [Spec("PLAIN-06", "PLAIN-15", "PLAIN-17", "PLAIN-18")]
    public async Task PLAIN_AnythingButAGoodInitiateAfterWelcome_IsClosedAndNothingIsDelivered(string second, string reason = "")
    {
        await using var sut = await OpenAsync();
        var raw = await GreetAsync(sut);
        await raw.SendAsync(Octets.PlainHello);
        await raw.ExpectAsync(Octets.PlainWelcome);

        await raw.SendAsync(Octets.Hex(second), Octets.Hex(Octets.Hello));

        Assert.Equal(reason.Length == 0 ? "" : Octets.ToHex(Octets.Error(reason)), Octets.ToHex(await raw.ReadToCloseAsync()));
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData("04 0A 05 45 52 52 4F 52 03 34 30 30")] // ERROR
    [InlineData("04 06 05 52 45 41 44 59")] // READY
    [Spec("ZMTP30-52", "PLAIN-17")]
    public async Task PLAIN_HandshakeCommandAfterReady_ClosesAndSaysWhy(string command)
    {
        await using var sut = await OpenAsync();
        var raw = await sut.RawConnectsAsync();
        var client = await RawClient.KnockAsync(raw, "PLAIN");
        await client.ExpectLetInAsync();

        await raw.SendAsync(Octets.Hex(command), Octets.Hex(Octets.Hello));

        await raw.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.UnexpectedCommand, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Fact]
    [Spec("PLAIN-05")]
    public async Task PLAIN_SilentClient_HearsNothingAndIsClosedAtTheHandshakeTime()
    {
        await using var sut = await OpenAsync(TimeSpan.FromMilliseconds(500));

        var raw = await GreetAsync(sut);

        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    private static async Task<Sut<PullSocket>> OpenAsync(TimeSpan? handshakeTimeout = null)
    {
        var options = TestServers.Asking("PLAIN") with { HandshakeTimeout = handshakeTimeout ?? TimeSpan.FromSeconds(30) };
        var sut = await Sut.BoundAsync(context => new PullSocket(context, options));
        sut.Context.Use(FixedVerdict.Success);
        return sut;
    }

    private static async Task<RawPeer> GreetAsync(Sut<PullSocket> sut)
    {
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));
        return raw;
    }
}
