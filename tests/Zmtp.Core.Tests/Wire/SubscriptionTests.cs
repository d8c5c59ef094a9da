using Xunit;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class SubscriptionTests
{
    [Theory]
    [InlineData("41", "04 0B 09 53 55 42 53 43 52 49 42 45 41")]
    [InlineData("", "04 0A 09 53 55 42 53 43 52 49 42 45")]
    [InlineData("00 FF", "04 0C 09 53 55 42 53 43 52 49 42 45 00 FF")]
    [Spec("ZMTP31-20")]
    public void SUBSCRIBE_WrittenAndRead_HasTheOctetsOfTheSpec(string topic, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => SubscribeCommand.Write(Hex.Octets(topic), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.True(SubscribeCommand.TryRead(Hex.Octets(frame).AsSpan(2), out var read));
        Assert.Equal(Hex.Octets(topic), read);
    }

    [Theory]
    [InlineData("41", "04 08 06 43 41 4E 43 45 4C 41")]
    [InlineData("", "04 07 06 43 41 4E 43 45 4C")]
    [Spec("ZMTP31-21")]
    public void CANCEL_WrittenAndRead_HasTheOctetsOfTheSpec(string topic, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => CancelCommand.Write(Hex.Octets(topic), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.True(CancelCommand.TryRead(Hex.Octets(frame).AsSpan(2), out var read));
        Assert.Equal(Hex.Octets(topic), read);
    }

    [Theory]
    [InlineData(245, "04 FF 09")]
    [InlineData(246, "06 00 00 00 00 00 00 01 00 09")]
    [InlineData(300, "06 00 00 00 00 00 00 01 36 09")]
    [Spec("ZMTP31-25")]
    public void SUBSCRIBE_LongTopic_HasTheRightHeader(int topicLength, string start)
    {
        var body = DirtyBufferWriter.Capture(output => SubscribeCommand.Write(Hex.Repeat(0x41, topicLength), output));

        Assert.Equal(SubscribeCommand.GetLength(topicLength), body.Length);
        AssertStartsWith(start, CommandFrame.Of(body));
    }

    [Theory]
    [InlineData(248, "04 FF 06")]
    [InlineData(249, "06 00 00 00 00 00 00 01 00 06")]
    [Spec("ZMTP31-25")]
    public void CANCEL_LongTopic_HasTheRightHeader(int topicLength, string start)
    {
        var body = DirtyBufferWriter.Capture(output => CancelCommand.Write(Hex.Repeat(0x41, topicLength), output));

        Assert.Equal(CancelCommand.GetLength(topicLength), body.Length);
        AssertStartsWith(start, CommandFrame.Of(body));
    }

    [Fact]
    public void SUBSCRIBE_CANCEL_EveryTruncationOfTheName_IsNotRead()
    {
        var subscribe = Hex.Octets("09 53 55 42 53 43 52 49 42 45");
        var cancel = Hex.Octets("06 43 41 4E 43 45 4C");
        foreach (var length in Enumerable.Range(0, subscribe.Length))
        {
            Assert.False(SubscribeCommand.TryRead(subscribe.AsSpan(0, length), out _));
        }

        foreach (var length in Enumerable.Range(0, cancel.Length))
        {
            Assert.False(CancelCommand.TryRead(cancel.AsSpan(0, length), out _));
        }

        Assert.False(SubscribeCommand.TryRead(cancel, out _));
        Assert.False(CancelCommand.TryRead(subscribe, out _));
    }

    [Theory]
    [InlineData(true, "41", "00 02 01 41")]
    [InlineData(false, "41", "00 02 00 41")]
    [InlineData(true, "", "00 01 01")]
    [InlineData(false, "", "00 01 00")]
    [Spec("ZMTP30-83", "ZMTP30-84")]
    public void LegacySubscription_WrittenAndRead_HasTheOctetsOfTheSpec(bool subscribe, string topic, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => LegacySubscription.Write(subscribe, Hex.Octets(topic), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(FrameFlags.None, body));
        Assert.True(LegacySubscription.TryRead(Hex.Octets(frame).AsSpan(2), out var readSubscribe, out var readTopic));
        Assert.Equal(subscribe, readSubscribe);
        Assert.Equal(Hex.Octets(topic), readTopic);
    }

    [Theory]
    [InlineData(254, "00 FF 01 41")]
    [InlineData(255, "02 00 00 00 00 00 00 01 00 01 41")]
    [InlineData(300, "02 00 00 00 00 00 00 01 2D 01 41")]
    [Spec("ZMTP30-85")]
    public void LegacySubscription_LongTopic_HasTheRightHeader(int topicLength, string start)
    {
        var body = DirtyBufferWriter.Capture(output => LegacySubscription.Write(true, Hex.Repeat(0x41, topicLength), output));

        Assert.Equal(LegacySubscription.GetLength(topicLength), body.Length);
        AssertStartsWith(start, CommandFrame.Of(FrameFlags.None, body));
    }

    [Fact]
    public void LegacySubscription_AnotherBody_IsNotRead()
    {
        Assert.False(LegacySubscription.TryRead([], out _, out _));
        for (var first = 2; first <= 0xFF; first++) Assert.False(LegacySubscription.TryRead([(byte)first, 0x41], out _, out _));
    }

    private static void AssertStartsWith(string start, byte[] frame) =>
        Assert.Equal(Hex.Octets(start), frame[..Hex.Octets(start).Length]);
}
