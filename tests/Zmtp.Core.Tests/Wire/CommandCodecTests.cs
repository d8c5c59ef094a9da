using Xunit;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class CommandCodecTests
{
    [Fact]
    [Spec("ZMTP30-97")]
    public void CommandNames_AreTheTokensOfTheSpecs()
    {
        Assert.Equal("READY"u8, CommandNames.Ready);
        Assert.Equal("ERROR"u8, CommandNames.Error);
        Assert.Equal("PING"u8, CommandNames.Ping);
        Assert.Equal("PONG"u8, CommandNames.Pong);
        Assert.Equal("SUBSCRIBE"u8, CommandNames.Subscribe);
        Assert.Equal("CANCEL"u8, CommandNames.Cancel);
        Assert.Equal("JOIN"u8, CommandNames.Join);
        Assert.Equal("LEAVE"u8, CommandNames.Leave);
        Assert.Equal("HELLO"u8, CommandNames.Hello);
        Assert.Equal("WELCOME"u8, CommandNames.Welcome);
        Assert.Equal("INITIATE"u8, CommandNames.Initiate);
        Assert.Equal("MESSAGE"u8, CommandNames.Message);
    }

    [Theory]
    [InlineData("01 41", "41", "")]
    [InlineData("03 46 4F 4F", "464F4F", "")]
    [InlineData("04 50 49 4E 47 00 00", "50494E47", "0000")]
    [InlineData("07 57 45 4C 43 4F 4D 45", "57454C434F4D45", "")]
    [InlineData("01 41 01 41", "41", "0141")]
    [Spec("ZMTP30-28")]
    public void Command_Read_SplitsNameAndData(string body, string expectedName, string expectedData)
    {
        Assert.True(CommandCodec.TryRead(Hex.Octets(body), out var name, out var data));
        Assert.Equal(expectedName, Hex.Text(name));
        Assert.Equal(expectedData, Hex.Text(data));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00 52")]
    [InlineData("01")]
    [InlineData("02 52")]
    [InlineData("05 52 45 41 44")]
    [InlineData("FF 41 42")]
    [Spec("ZMTP30-28")]
    public void Command_NameEmptyOrOutsideTheBody_IsMalformed(string body)
    {
        Assert.False(CommandCodec.TryRead(Hex.Octets(body), out var name, out var data));
        Assert.True(name.IsEmpty);
        Assert.True(data.IsEmpty);
    }

    [Fact]
    [Spec("ZMTP30-28")]
    public void Command_NameOf255Octets_IsAcceptedAndEachTruncationIsNot()
    {
        var body = Hex.Concat([0xFF], Hex.Repeat(0x41, 255));

        Assert.True(CommandCodec.TryRead(body, out var name, out var data));
        Assert.Equal(255, name.Length);
        Assert.True(data.IsEmpty);
        for (var length = 0; length < body.Length; length++) Assert.False(CommandCodec.TryRead(body.AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void Command_Written_IsNameLengthNameData()
    {
        var body = DirtyBufferWriter.Capture(output => CommandCodec.Write("FOO"u8, [1, 2], output));

        Assert.Equal(Hex.Octets("03 46 4F 4F 01 02"), body);
        Assert.Equal(6, CommandCodec.GetLength(3, 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void Command_NameOfImpossibleLength_IsNotWritten(int length)
    {
        var output = new DirtyBufferWriter();

        Assert.Throws<ArgumentException>("name", () => CommandCodec.Write(new byte[length], [], output));
        Assert.Empty(output.Written);
    }

    [Theory]
    [InlineData("05 52 45 41 44 59", true)]
    [InlineData("05 72 65 61 64 79", false)]
    [InlineData("06 52 45 41 44 59 58", false)]
    [InlineData("04 52 45 41 44 59", false)]
    [InlineData("04 52 45 41 44", false)]
    [InlineData("00", false)]
    public void CommandName_ComparedExactly(string body, bool isReady) =>
        Assert.Equal(isReady, CommandCodec.TryReadData(Hex.Octets(body), CommandNames.Ready, out _));
}
