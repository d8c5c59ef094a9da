using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Framing;

/// <summary>Frames that a peer may send after the handshake, and what the application gets of them.</summary>
public sealed class FrameReceivedTests
{
    [Fact]
    [Spec("ZMTP30-38")]
    public async Task FRAME_Empty_IsOneMessageOfOneEmptyFrame()
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync("00 00");

        Assert.Empty(Assert.Single(await sut.Socket.NextFramesAsync()));
    }

    [Theory]
    [InlineData("02 00 00 00 00 00 00 00 01 41", "A")]
    [InlineData("02 00 00 00 00 00 00 00 00", "")]
    [InlineData("03 00 00 00 00 00 00 00 01 41 02 00 00 00 00 00 00 00 01 42", "A,B")]
    [InlineData("01 00 03 00 00 00 00 00 00 00 00 00 00", ",,")]
    [Spec("ZMTP30-38", "ZMTP30-40")]
    public async Task FRAME_LongFormWithASmallSize_IsUnderstood(string octets, string message)
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync(octets);

        Assert.Equal(message, await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("01 01 41")]
    [InlineData("01 01 41 01 00")]
    [InlineData("01 01 41 00 05 42 42")]
    [InlineData("00 05 41")]
    [InlineData("01 01 41 02 00 00 00 00 00 01 00 00 42")]
    [Spec("ZMTP30-43")]
    [Lesson("T10")]
    public async Task MESSAGE_CutOffByAClose_IsNotDelivered(string octets)
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync(octets);
        await raw.DisposeAsync();

        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.ExpectNoMessageAsync(100);
        var next = await sut.PeerConnectsAsync("PUSH");
        await next.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(Octets.Ping, Octets.Pong)]
    [InlineData(Octets.PingLol, Octets.PongLol)]
    [Spec("ZMTP30-43", "ZMTP30-46")]
    public async Task MESSAGE_WithPingBetweenItsFrames_IsAnsweredAndDeliveredWhole(string ping, string pong)
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync("01 01 41" + ping);
        await raw.ExpectAsync(pong);
        await raw.SendAsync("00 01 42");

        Assert.Equal("A,B", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-46")]
    public async Task MESSAGE_WithUnknownCommandBetweenItsFrames_IsDeliveredWhole()
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync("01 01 41" + "04 04 03 46 4F 4F" + "00 01 42");

        Assert.Equal("A,B", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-38", "ZMTP30-40", "ZMTP30-43")]
    public async Task FRAMES_OctetByOctet_AreTheSameMessages()
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendOctetByOctetAsync(
            Octets.Hex("01 01 41" + Octets.Ping + "00 01 42"), Octets.Frame(new string('x', 300)), Octets.Hex("00 00"));

        Assert.Equal("A,B", await sut.Socket.NextAsync());
        Assert.Equal(new string('x', 300), await sut.Socket.NextAsync());
        Assert.Equal("", await sut.Socket.NextAsync());
        await raw.ExpectAsync(Octets.Pong);
    }

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task FRAME_AtTheLimitInManySegments_CountsOnce()
    {
        await using var sut = await BoundAsync(1000);
        var raw = await sut.PeerConnectsAsync("PUSH");

        for (var i = 0; i < 3; i++) await raw.SendOctetByOctetAsync(Octets.Frame(new string('x', 1000)));

        for (var i = 0; i < 3; i++) Assert.Equal(new string('x', 1000), await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-43")]
    public async Task MESSAGE_FollowedByGarbageInTheSameSegment_IsDelivered()
    {
        await using var sut = await BoundAsync();
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync(Octets.Hello + "08 01 41");

        await raw.ExpectCloseAsync();
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync(100);
    }

    private static Task<Sut<PullSocket>> BoundAsync(long limit = 1024 * 1024) =>
        Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { MaxMessageSize = limit }));
}
