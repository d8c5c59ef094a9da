using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZapReplyTests
{
    // name length, name, value length in four octets, value
    private const string Color = "\x05" + "Color" + "\0\0\0\x03" + "red";
    private const string SocketType = "\x0B" + "Socket-Type" + "\0\0\0\x04" + "PULL";

    [Fact]
    [Spec("ZAP-19", "ZAP-20", "ZAP-23", "ZAP-25", "ZAP-28", "ZAP-29")]
    public void REPLY_Success_HasSixFrames()
    {
        var metadata = new ZmtpMetadata([new("Color", Frames.Octets("red"))]);
        var frames = ZapReply.Encode(Frames.Octets("9"), AuthenticationResult.Success("joe", metadata));
        Assert.Equal(["1.0", "9", "200", "OK", "joe", Color], Frames.Text(frames));
    }

    [Fact]
    [Spec("ZAP-21", "ZAP-26", "ZAP-27")]
    public void REPLY_Refusals_HaveTheirCodesAndNoUserId()
    {
        Assert.Equal(["1.0", "", "300", "later", "", ""], Encode(AuthenticationResult.TemporaryError("later")));
        Assert.Equal(["1.0", "", "400", "no", "", ""], Encode(AuthenticationResult.Denied("no")));
        Assert.Equal(["1.0", "", "500", "oops", "", ""], Encode(AuthenticationResult.InternalError("oops")));
    }

    [Fact]
    [Spec("ZAP-17")]
    public void REPLY_StatusText_IsMadePrintableAndCut()
    {
        var frames = ZapReply.Encode(default, AuthenticationResult.Denied("é\r\n" + new string('x', 300)));
        Assert.Equal("???" + new string('x', 252), Frames.Text(frames)[3]);
    }

    [Fact]
    public void REPLY_UserIdOf255Octets_IsTheLongest()
    {
        var longest = new string('u', 255);
        Assert.Equal(longest, Frames.Text(ZapReply.Encode(default, AuthenticationResult.Success(longest)))[4]);
        Assert.Equal(ProtocolError.ZapMalformedReply, DecodeError("1.0", "1", "200", "", longest + "u", ""));
    }

    [Theory]
    [Spec("ZAP-21", "ZAP-22", "ZAP-26")]
    [InlineData("200", "", AuthenticationStatus.Success)]
    [InlineData("300", "", AuthenticationStatus.TemporaryError)]
    [InlineData("400", "No access", AuthenticationStatus.Denied)]
    [InlineData("500", "", AuthenticationStatus.InternalError)]
    public void REPLY_Status_IsOneOfFour(string code, string text, AuthenticationStatus expected)
    {
        var result = Decode("1.0", "1", code, text, "", "");
        Assert.Equal(expected, result.Status);
        if (text.Length > 0) Assert.Equal(text, result.Text);
    }

    [Fact]
    [Spec("ZAP-23", "ZAP-24", "ZAP-28")]
    public void REPLY_Success_ExposesUserIdAndMetadata()
    {
        var result = Decode("1.0", "1", "200", "OK", "joe", Color);
        Assert.Equal("joe", result.UserId);
        Assert.Equal("red", result.Metadata.GetText("color"));
    }

    [Theory]
    [Spec("ZAP-27")]
    [InlineData("300")]
    [InlineData("400")]
    [InlineData("500")]
    public void REPLY_Refusal_ExposesNeitherUserIdNorMetadata(string code)
    {
        var result = Decode("1.0", "1", code, "", "joe", Color);
        Assert.Equal("", result.UserId);
        Assert.Equal(0, result.Metadata.Count);
    }

    [Fact]
    [Spec("ZAP-29")]
    public void REPLY_MetadataOfThePeersOwnNames_AreLeftOut()
    {
        var result = Decode("1.0", "1", "200", "OK", "", SocketType + Color);
        Assert.Equal("Color", Assert.Single(result.Metadata).Key);
    }

    [Theory]
    [Spec("ZAP-19")]
    [InlineData("2.0")]
    [InlineData("1.1")]
    [InlineData("1.0\0")]
    [InlineData("")]
    public void REPLY_OtherVersion_IsZapBadVersion(string version) =>
        Assert.Equal(ProtocolError.ZapBadVersion, DecodeError(version, "1", "200", "OK", "", ""));

    [Theory]
    [Spec("ZAP-20")]
    [InlineData("2")]
    [InlineData("")]
    [InlineData("11")]
    public void REPLY_OtherRequestId_IsZapBadRequestId(string requestId) =>
        Assert.Equal(ProtocolError.ZapBadRequestId, DecodeError("1.0", requestId, "200", "OK", "", ""));

    [Theory]
    [Spec("ZAP-21")]
    [InlineData("200 ")]
    [InlineData("201")]
    [InlineData("")]
    [InlineData("600")]
    [InlineData("100")]
    [InlineData("OK")]
    [InlineData("20")]
    [InlineData("2000")]
    public void REPLY_OtherStatus_IsZapInvalidStatus(string code) =>
        Assert.Equal(ProtocolError.ZapInvalidStatus, DecodeError("1.0", "1", code, "OK", "", ""));

    [Fact]
    [Spec("ZAP-25")]
    public void REPLY_OtherFrameCount_IsZapMalformedReply()
    {
        string[] six = ["1.0", "1", "200", "OK", "", ""];
        for (var count = 0; count < 6; count++) Assert.Equal(ProtocolError.ZapMalformedReply, DecodeError(six[..count]));
        Assert.Equal(ProtocolError.ZapMalformedReply, DecodeError([.. six, ""]));
        Assert.Equal(ProtocolError.ZapMalformedReply, DecodeError(["", .. six]));
    }

    [Theory]
    [Spec("ZAP-29")]
    [InlineData("200")]
    [InlineData("300")]
    [InlineData("400")]
    [InlineData("500")]
    public void REPLY_CutMetadata_IsZapInvalidMetadataWithEveryStatus(string code)
    {
        for (var length = 1; length < Color.Length; length++)
        {
            Assert.Equal(ProtocolError.ZapInvalidMetadata, DecodeError("1.0", "1", code, "OK", "", Color[..length]));
        }
    }

    [Fact]
    public void REPLY_MoreThan256Properties_IsZapInvalidMetadata()
    {
        const string Property = "\x01X\0\0\0\0";
        var most = string.Concat(Enumerable.Repeat(Property, 256));
        Assert.Equal(256, Decode("1.0", "1", "200", "OK", "", most).Metadata.Count);
        Assert.Equal(ProtocolError.ZapInvalidMetadata, DecodeError("1.0", "1", "200", "OK", "", most + Property));
    }

    [Fact]
    public void REPLY_UserIdThatIsNoText_IsZapMalformedReply() =>
        Assert.Equal(ProtocolError.ZapMalformedReply, DecodeError("1.0", "1", "200", "OK", "\xFF", ""));

    private static string[] Encode(AuthenticationResult result) => Frames.Text(ZapReply.Encode(default, result));

    private static AuthenticationResult Decode(params string[] frames) => ZapReply.Decode(Frames.Of(frames), "1"u8);

    private static ProtocolError DecodeError(params string[] frames) =>
        Assert.Throws<ZmtpProtocolException>(() => ZapReply.Decode(Frames.Of(frames), "1"u8)).Error;
}
