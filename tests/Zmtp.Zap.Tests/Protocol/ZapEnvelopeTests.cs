using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZapEnvelopeTests
{
    [Theory]
    [Spec("ZAP-09", "ZAP-37", "ZAP-38", "ZAP-39")]
    [InlineData]
    [InlineData("a")]
    [InlineData("a", "b", "c")]
    public void ENVELOPE_NRoutingIds_ComeBackWithTheReply(params string[] routingIds)
    {
        var envelope = ZapEnvelope.Split(Frames.Of([.. routingIds, "", "1.0", "1", "", "", "", "NULL"]));
        Assert.Equal(routingIds, Frames.Text(envelope.RoutingIds));
        Assert.Equal(["1.0", "1", "", "", "", "NULL"], Frames.Text(envelope.Body));
        var reply = envelope.Wrap(Frames.Of("1.0", "1", "200", "OK", "", ""));
        Assert.Equal([.. routingIds, "", "1.0", "1", "200", "OK", "", ""], Frames.Text(reply));
    }

    [Fact]
    [Spec("ZAP-09")]
    public void ENVELOPE_NoDelimiter_IsRefused()
    {
        Assert.False(ZapEnvelope.TrySplit(Frames.Of("id", "1.0", "1"), out _));
        var error = Assert.Throws<FormatException>(() => ZapEnvelope.Split(Frames.Of("id")));
        Assert.Contains("delimiter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ENVELOPE_OnlyADelimiter_HasAnEmptyBody() => Assert.Empty(ZapEnvelope.Split(Frames.Of("")).Body);
}
