using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Framing;

/// <summary>Frames that no peer may send after the handshake: the connection is closed and the application gets nothing of them.</summary>
public sealed class FrameRefusedTests
{
    [Theory]
    [InlineData("08 01 41")]
    [InlineData("10 01 41")]
    [InlineData("20 01 41")]
    [InlineData("40 01 41")]
    [InlineData("80 01 41")]
    [InlineData("09 01 41")]
    [InlineData("FF 00 00 00 00 00 00 00 01 7F")]
    [Spec("ZMTP30-36")]
    public async Task FRAME_WithAReservedFlag_IsRefused(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.MalformedFrame);

    [Theory]
    [InlineData("05 05 04 50 4F 4E 47")]
    [InlineData("07 00 00 00 00 00 00 00 05 04 50 4F 4E 47")]
    [InlineData("05 07 04 50 49 4E 47 00 00")]
    [Spec("ZMTP30-37")]
    public async Task COMMAND_WithMore_IsRefused(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.MalformedFrame);

    [Theory]
    [InlineData("02 80 00 00 00 00 00 00 00")]
    [InlineData("02 FF FF FF FF FF FF FF FF")]
    [InlineData("03 80 00 00 00 00 00 00 00")]
    [InlineData("06 FF FF FF FF FF FF FF FF")]
    [Spec("ZMTP30-41")]
    public async Task FRAME_WithASizeAbove63Bits_IsRefused(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.MalformedFrame);

    [Theory]
    [InlineData("02 7F FF FF FF FF FF FF FF")] // 2^63-1
    [InlineData("02 00 00 00 00 FF FF FF FF")] // 2^32-1
    [InlineData("02 00 00 00 00 80 00 00 00")] // 2^31
    [InlineData("02 00 00 00 00 7F FF FF FF")] // 2^31-1
    [InlineData("02 00 00 00 00 00 10 00 01")] // 2^20+1, one more than the limit
    [InlineData("03 00 00 00 00 00 10 00 01")]
    [InlineData("01 01 41 02 00 00 00 00 00 10 00 00")] // A message of 2^20+1 octets in two frames
    [InlineData("06 7F FF FF FF FF FF FF FF")]
    [InlineData("06 00 00 00 00 00 01 00 01")] // A command of 2^16+1 octets
    [Spec("ZMTP30-42")]
    public async Task FRAME_AboveTheLimit_IsRefusedByItsHeader(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.FrameTooLarge);

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task MESSAGE_OfEndlessEmptyFrames_IsRefused()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { MaxMessageSize = 1000 }));
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync([.. Enumerable.Repeat(Octets.Hex("01 00"), 1000)]);

        await raw.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.FrameTooLarge, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
    }

    [Theory]
    [InlineData("04 00")]
    [InlineData("04 01 00")]
    [InlineData("04 02 05 52")]
    [Spec("ZMTP30-28")]
    public async Task COMMAND_WithoutAWholeName_IsRefused(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.MalformedCommand);

    private static async Task ExpectRefusalAsync(string octets, ProtocolError error)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { MaxMessageSize = 1024 * 1024 }));
        var raw = await sut.PeerConnectsAsync("PUSH");

        await raw.SendAsync(octets);

        await raw.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
        var good = await sut.PeerConnectsAsync("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }
}
