using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Heartbeats;

/// <summary>Commands in the traffic phase: PING, PONG, unknown ones, misplaced ones.</summary>
public class HeartbeatCommandTests
{
    /// <summary>SUBSCRIBE, PONG, FOO, the JOIN and LEAVE of RADIO and DISH, CANCEL.</summary>
    private const string WithoutMeaning =
        Octets.SubscribeA + Octets.Pong + "04 04 03 46 4F 4F" + "04 06 04 4A 4F 49 4E 41" + "04 07 05 4C 45 41 56 45 41" + Octets.CancelA;

    [Theory]
    [InlineData("04 07 04 50 49 4E 47 00 00", "04 05 04 50 4F 4E 47")]
    [InlineData("04 08 04 50 49 4E 47 00 00 41", "04 06 04 50 4F 4E 47 41")]
    [InlineData("04 0A 04 50 49 4E 47 00 00 4C 4F 4C", "04 08 04 50 4F 4E 47 4C 4F 4C")]
    [InlineData(
        "04 16 04 50 49 4E 47 00 00 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45",
        "04 14 04 50 4F 4E 47 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45")]
    [InlineData(
        "04 17 04 50 49 4E 47 00 00 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46",
        "04 15 04 50 4F 4E 47 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46")]
    [Spec("ZMTP31-44", "ZMTP31-45")]
    public async Task PING_ContextOf0To16Octets_ComesBackInPong(string ping, string pong)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(ping);
        await raw.ExpectAsync(pong);
    }

    [Theory]
    [InlineData("04 05 04 50 49 4E 47")]
    [InlineData("04 06 04 50 49 4E 47 00")]
    [InlineData("04 18 04 50 49 4E 47 00 00 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46 47")]
    [InlineData("04 16 04 50 4F 4E 47 30 31 32 33 34 35 36 37 38 39 41 42 43 44 45 46 47")]
    [Spec("ZMTP31-45", "ZMTP31-56")]
    [Lesson("T18")]
    public async Task PING_TooShortOrTooLong_Closes(string frame)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(frame);
        await raw.ExpectCloseAsync();
        var gone = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.MalformedHeartbeat, Assert.IsType<ZmtpProtocolException>(gone.Error).Error);
    }

    [Theory]
    [InlineData(Octets.Pong)]
    [InlineData(Octets.PongLol)]
    [InlineData("04 04 03 46 4F 4F")]
    [InlineData(Octets.SubscribeA)]
    [InlineData(Octets.CancelA)]
    [Spec("ZMTP31-27", "ZMTP31-55", "ZMTP31-57")]
    public async Task COMMAND_WithoutMeaningHere_IsIgnored(string frame)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(frame);
        await raw.ExpectOpenAsync();
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync();
    }

    [Theory]
    [InlineData(SocketType.Router, "DEALER")]
    [InlineData(SocketType.Rep, "REQ")]
    [InlineData(SocketType.Dealer, "DEALER")]
    [InlineData(SocketType.Pair, "PAIR")]
    [InlineData(SocketType.Push, "PULL")]
    [InlineData(SocketType.Sub, "PUB")]
    [InlineData(SocketType.XSub, "XPUB")]
    [InlineData(SocketType.Req, "REP")]
    [Spec("ZMTP31-27", "ZMTP31-55", "ZMTP31-57")]
    public async Task SUBSCRIBE_ToOtherTypes_IsIgnored(SocketType type, string peer)
    {
        await using var sut = await Sut.BoundAsync(context => Sut.Socket(context, type));
        var raw = await sut.PeerConnectsAsync(peer);
        await raw.SendAsync(WithoutMeaning);
        await raw.ExpectOpenAsync();
        if (type is not (SocketType.Push or SocketType.Req)) await sut.Socket.ExpectNoMessageAsync();
    }

    [Fact]
    [Spec("ZMTP31-27", "ZMTP31-55", "ZMTP31-57")]
    public async Task SUBSCRIBE_ToAReqThatAwaitsItsReply_IsIgnored()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REP");
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);

        await raw.SendAsync(WithoutMeaning);

        await raw.ExpectOpenAsync();
        await raw.SendAsync(Octets.Frame([], more: true), Octets.Frame("reply"));
        Assert.Equal("reply", await sut.Socket.NextAsync());
    }
}
