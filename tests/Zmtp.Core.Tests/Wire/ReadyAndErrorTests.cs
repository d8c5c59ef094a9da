using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class ReadyAndErrorTests
{
    // Appendix A2 of the conformance matrix.
    private const string DealerReady =
        "04 29 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 " +
        "44 45 41 4C 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00";

    private const string SubReady = "04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 53 55 42";
    private const string XPubReady = "04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 58 50 55 42";

    [Theory]
    [InlineData(SocketType.Dealer, true, DealerReady)]
    [InlineData(SocketType.Sub, false, SubReady)]
    [InlineData(SocketType.XPub, false, XPubReady)]
    [Spec("ZMTP30-25", "ZMTP30-58", "ZMTP30-59", "ZMTP30-66")]
    public void READY_Written_HasTheOctetsOfTheSpec(SocketType type, bool withIdentity, string frame)
    {
        var properties = new List<KeyValuePair<string, ReadOnlyMemory<byte>>>
        {
            new("Socket-Type", System.Text.Encoding.ASCII.GetBytes(SocketTypes.ToToken(type))),
        };
        if (withIdentity) properties.Add(new("Identity", ReadOnlyMemory<byte>.Empty));
        var metadata = MetadataCodec.Encode(new ZmtpMetadata(properties));

        var body = DirtyBufferWriter.Capture(output => ReadyCommand.Write(metadata, output));

        Assert.Equal(Hex.Octets(frame), Frame(body));
        Assert.Equal(body.Length, ReadyCommand.GetLength(metadata.Length));
    }

    [Fact]
    [Spec("ZMTP30-26")]
    public void READY_BodyOf255And256Octets_TakesTheShortAndTheLongHeader()
    {
        var shortBody = DirtyBufferWriter.Capture(output => ReadyCommand.Write(new byte[249], output));
        var longBody = DirtyBufferWriter.Capture(output => ReadyCommand.Write(new byte[250], output));

        Assert.Equal(Hex.Octets("04 FF 05 52 45 41 44 59"), Frame(shortBody)[..8]);
        Assert.Equal(Hex.Octets("06 00 00 00 00 00 00 01 00 05 52 45 41 44 59"), Frame(longBody)[..15]);
    }

    [Fact]
    public void READY_Read_GivesTheMetadata()
    {
        Assert.True(ReadyCommand.TryRead(Hex.Octets(SubReady).AsSpan(2), out var metadata));
        Assert.Equal("0B536F636B65742D5479706500000003535542", Hex.Text(metadata));
    }

    [Theory]
    [InlineData("")]
    [InlineData("05 52 45 41 44")]
    [InlineData("05 72 65 61 64 79")]
    [InlineData("05 48 45 4C 4C 4F")]
    public void READY_AnotherBody_IsNotRead(string body) => Assert.False(ReadyCommand.TryRead(Hex.Octets(body), out _));

    [Theory]
    [InlineData("400", "04 0A 05 45 52 52 4F 52 03 34 30 30")]
    [InlineData("", "04 07 05 45 52 52 4F 52 00")]
    [InlineData("!~", "04 09 05 45 52 52 4F 52 02 21 7E")]
    [Spec("ZMTP30-61")]
    public void ERROR_WrittenAndRead_HasTheOctetsOfTheSpec(string reason, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => ErrorCommand.Write(reason, output));

        Assert.Equal(Hex.Octets(frame), Frame(body));
        Assert.Equal(body.Length, ErrorCommand.GetLength(reason.Length));
        Assert.Equal(reason, ErrorCommand.Read(Hex.Octets(frame).AsSpan(2)));
    }

    [Fact]
    [Spec("ZMTP30-61")]
    public void ERROR_ReasonOf255Characters_IsTheLongest()
    {
        var reason = new string('x', 255);
        var body = DirtyBufferWriter.Capture(output => ErrorCommand.Write(reason, output));

        Assert.Equal(Hex.Octets("06 00 00 00 00 00 00 01 06 05 45 52 52 4F 52 FF 78"), Frame(body)[..17]);
        Assert.Equal(reason, ErrorCommand.Read(body));
        Assert.Throws<ArgumentException>("reason", () => ErrorCommand.Write(new string('x', 256), new DirtyBufferWriter()));
    }

    [Theory]
    [InlineData("access denied")]
    [InlineData("a\nb")]
    [InlineData("\u007F")]
    [InlineData("é")]
    [Spec("ZMTP30-61")]
    public void ERROR_ReasonOutsideTheGrammar_IsNotWritten(string text)
    {
        var output = new DirtyBufferWriter();

        Assert.Throws<ArgumentException>("reason", () => ErrorCommand.Write(text, output));
        Assert.Empty(output.Written);
    }

    [Theory]
    [InlineData("05 45 52 52 4F 52 04 61 0A 1B 62", "a??b")]
    [InlineData("05 45 52 52 4F 52 05 00 7F 80 FF 41", "????A")]
    [InlineData("05 45 52 52 4F 52 03 61 20 62", "a b")]
    [Spec("ZMTP30-61", "CURVE-74")]
    public void ERROR_ReasonThatCannotBePrinted_IsMadeSafe(string body, string reason) =>
        Assert.Equal(reason, ErrorCommand.Read(Hex.Octets(body)));

    [Theory]
    [InlineData("05 45 52 52 4F 52 04 34 30 30")]
    [InlineData("05 45 52 52 4F 52 FF 34 30 30")]
    [InlineData("05 45 52 52 4F 52 02 34 30 30")]
    [InlineData("05 45 52 52 4F 52 00 00")]
    [InlineData("05 52 45 41 44 59 03 34 30 30")]
    [Spec("ZMTP30-61")]
    public void ERROR_ReasonLengthThatDoesNotFit_IsMalformed(string body)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => ErrorCommand.Read(Hex.Octets(body)));

        Assert.Equal(ProtocolError.MalformedError, error.Error);
    }

    [Fact]
    [Spec("ZMTP30-61")]
    public void ERROR_EveryTruncation_IsMalformed()
    {
        var body = Hex.Octets("05 45 52 52 4F 52 03 34 30 30");
        for (var length = 0; length < body.Length; length++)
        {
            var cut = body[..length];
            var error = Assert.Throws<ZmtpProtocolException>(() => ErrorCommand.Read(cut));
            Assert.Equal(ProtocolError.MalformedError, error.Error);
        }
    }

    private static byte[] Frame(byte[] body) => CommandFrame.Of(body);
}
