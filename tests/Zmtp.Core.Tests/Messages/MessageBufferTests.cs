using Xunit;

namespace Zmtp.Core.Tests.Messages;

public class MessageBufferTests
{
    private const int HeaderLength = 5;

    /// <summary>The id of a ROUTER's peer, or a short header, before a body of some kilobytes: each message would else rent for it.</summary>
    [Theory]
    [InlineData(252)]
    [InlineData(1000)]
    [InlineData(4096 - HeaderLength)]
    public void AppendFrame_ShortFrameAndThenALongerOne_TheNextMessageHasBothInTheSameArray(int length)
    {
        var buffer = new MessageBuffer();
        Fill(buffer, length);
        Assert.False(buffer.Slot(1).IsRented);
        buffer.Return();
        Fill(buffer, length);
        Assert.Same(buffer.Slot(0).Array, buffer.Slot(1).Array);
        Assert.Equal(HeaderLength, buffer.Slot(1).Offset);
    }

    [Fact]
    public void AppendFrame_MoreThanABufferKeeps_IsRented()
    {
        var buffer = new MessageBuffer();
        Fill(buffer, 4096 - HeaderLength + 1);
        Assert.False(buffer.Slot(0).IsRented);
        Assert.True(buffer.Slot(1).IsRented);
        buffer.Return();
    }

    [Fact]
    public void AppendFrame_TheArrayGrowsTwiceAndTheLastFrameIsTakenBack_TheOthersKeepTheirOctets()
    {
        var buffer = new MessageBuffer();
        Append(buffer, 200, 1);
        Append(buffer, 300, 2);
        Append(buffer, 2000, 3);
        buffer.RemoveLastFrame();
        Append(buffer, 1000, 4);
        Append(buffer, 10, 5);
        foreach (var (frame, (length, value)) in new[] { (200, 1), (300, 2), (1000, 4), (10, 5) }.Index())
        {
            Assert.Equal(length, buffer.Slot(frame).Length);
            Assert.Equal(-1, buffer.Slot(frame).Span.IndexOfAnyExcept((byte)value));
        }

        Assert.Equal(1510 + (4 * MessageBuffer.FrameCost), buffer.Cost);
    }

    private static void Fill(MessageBuffer buffer, int length)
    {
        Append(buffer, HeaderLength, 1);
        Append(buffer, length, 2);
    }

    private static void Append(MessageBuffer buffer, int length, byte value) => buffer.AppendFrame(length).Fill(value);
}
