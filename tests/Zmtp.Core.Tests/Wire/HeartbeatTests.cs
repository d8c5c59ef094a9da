using Xunit;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class HeartbeatTests
{
    private const string Context16 = "01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10";

    [Theory]
    [InlineData(0, "", "04 07 04 50 49 4E 47 00 00")]
    [InlineData(10, "", "04 07 04 50 49 4E 47 00 0A")]
    [InlineData(100, "", "04 07 04 50 49 4E 47 00 64")]
    [InlineData(65535, "", "04 07 04 50 49 4E 47 FF FF")]
    [InlineData(0, "4C 4F 4C", "04 0A 04 50 49 4E 47 00 00 4C 4F 4C")]
    [InlineData(0, Context16, "04 17 04 50 49 4E 47 00 00 " + Context16)]
    [Spec("ZMTP31-45", "ZMTP31-46")]
    public void PING_WrittenAndRead_HasTheOctetsOfTheSpec(int ttl, string context, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => PingCommand.Write((ushort)ttl, Hex.Octets(context), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.Equal(body.Length, PingCommand.GetLength(Hex.Octets(context).Length));

        PingCommand.Read(Hex.Octets(frame).AsSpan(2), out var readTtl, out var readContext);
        Assert.Equal(ttl, readTtl);
        Assert.Equal(Hex.Octets(context), readContext);
    }

    [Theory]
    [InlineData("", "04 05 04 50 4F 4E 47")]
    [InlineData("41", "04 06 04 50 4F 4E 47 41")]
    [InlineData("4C 4F 4C", "04 08 04 50 4F 4E 47 4C 4F 4C")]
    [InlineData("01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "04 14 04 50 4F 4E 47 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F")]
    [InlineData(Context16, "04 15 04 50 4F 4E 47 " + Context16)]
    [Spec("ZMTP31-44", "ZMTP31-45")]
    public void PONG_WrittenAndRead_HasTheOctetsOfTheSpec(string context, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => PongCommand.Write(Hex.Octets(context), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.Equal(body.Length, PongCommand.GetLength(Hex.Octets(context).Length));

        PongCommand.Read(Hex.Octets(frame).AsSpan(2), out var readContext);
        Assert.Equal(Hex.Octets(context), readContext);
    }

    [Theory]
    [InlineData("04 50 49 4E 47")]
    [InlineData("04 50 49 4E 47 00")]
    [InlineData("04 50 49 4E 47 00 00 " + Context16 + " 11")]
    [InlineData("04 50 4F 4E 47 00 00")]
    [InlineData("04 70 69 6E 67 00 00")]
    [Spec("ZMTP31-45", "ZMTP31-56")]
    public void PING_Malformed_IsRefused(string body)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => PingCommand.Read(Hex.Octets(body), out _, out _));

        Assert.Equal(ProtocolError.MalformedHeartbeat, error.Error);
    }

    [Fact]
    [Spec("ZMTP31-56")]
    public void PING_EveryTruncationBeforeTheContext_IsMalformed()
    {
        var body = Hex.Octets("04 50 49 4E 47 00 0A 4C 4F 4C");
        for (var length = 0; length < 7; length++)
        {
            var cut = body[..length];
            Assert.Throws<ZmtpProtocolException>(() => PingCommand.Read(cut, out _, out _));
        }

        for (var length = 7; length <= body.Length; length++)
        {
            PingCommand.Read(body.AsSpan(0, length), out var ttl, out var context);
            Assert.Equal(10, ttl);
            Assert.Equal(length - 7, context.Length);
        }
    }

    [Theory]
    [InlineData("04 50 4F 4E")]
    [InlineData("04 50 4F 4E 47 " + Context16 + " 11")]
    [InlineData("04 50 49 4E 47")]
    [Spec("ZMTP31-45")]
    public void PONG_Malformed_IsRefused(string body)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => PongCommand.Read(Hex.Octets(body), out _));

        Assert.Equal(ProtocolError.MalformedHeartbeat, error.Error);
    }

    [Fact]
    [Spec("ZMTP31-45")]
    public void Context_Of17Octets_IsNotWritten()
    {
        var output = new DirtyBufferWriter();

        Assert.Throws<ArgumentException>("context", () => PingCommand.Write(0, new byte[17], output));
        Assert.Throws<ArgumentException>("context", () => PongCommand.Write(new byte[17], output));
        Assert.Empty(output.Written);
    }
}
