using Xunit;
using Zmtp.Testing.Steady;

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
        Assert.Same(buffer, MessageBuffer.Rent());
        Fill(buffer, length);
        Assert.Same(buffer.Slot(0).Array, buffer.Slot(1).Array);
        Assert.Equal(HeaderLength, buffer.Slot(1).Offset);
        buffer.Return();
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

    /// <summary>What a peer makes the limits count is what they are for: memory.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(683)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(2049)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(9000)]
    public void AppendFrame_ManyOfALength_HoldsAtMostFourTimesTheirCost(int length)
    {
        var buffer = new MessageBuffer();
        for (var i = 0; i < (length <= 100 ? 20_000 : 1000); i++) Append(buffer, length, unchecked((byte)i));
        Assert.InRange(HeldMemory.Of(buffer), buffer.Length, 4 * buffer.Cost);
        for (var i = 0; i < buffer.FrameCount; i++) Assert.Equal(-1, buffer.Slot(i).Span.IndexOfAnyExcept(unchecked((byte)i)));
        buffer.Return();
    }

    [Fact]
    public void AppendFrame_SmallAndLessSmallInTurns_HoldsAtMostFourTimesTheirCost()
    {
        var buffer = new MessageBuffer();
        int[] lengths = [1, 1024, 4096, 3, 1025, 700, 2, 3073, 0];
        for (var i = 0; i < 2_000; i++) Append(buffer, lengths[i % lengths.Length], unchecked((byte)i));
        Assert.InRange(HeldMemory.Of(buffer), buffer.Length, 4 * buffer.Cost);
        for (var i = 0; i < buffer.FrameCount; i++) Assert.Equal(-1, buffer.Slot(i).Span.IndexOfAnyExcept(unchecked((byte)i)));
        buffer.Return();
    }

    [Fact]
    public void RemoveLastFrame_OfThoseThatShareABlock_TheNextOneTakesItsPlace()
    {
        var buffer = new MessageBuffer();
        for (var i = 0; i < 5; i++) Append(buffer, 1000, 1);
        for (var i = 0; i < 10_000; i++)
        {
            Append(buffer, 1000, 2);
            buffer.RemoveLastFrame();
        }

        Append(buffer, 1000, 3);
        Assert.InRange(HeldMemory.Of(buffer), buffer.Length, 4 * buffer.Cost);
        Assert.Equal(1, buffer.Slot(4).Span[999]);
        Assert.Equal(3, buffer.Slot(5).Span[0]);
        buffer.Return();
    }

    [Fact]
    public void RemoveFirstFrames_OfThoseThatShareABlock_TheOthersKeepTheirOctets()
    {
        var buffer = new MessageBuffer();
        for (var i = 0; i < 9; i++) Append(buffer, 1000, (byte)i);
        buffer.RemoveFirstFrames(5);
        var other = new MessageBuffer();
        for (var i = 0; i < 9; i++) Append(other, 1000, 99);
        for (var i = 0; i < 4; i++) Assert.Equal(-1, buffer.Slot(i).Span.IndexOfAnyExcept((byte)(5 + i)));
        buffer.Return();
        other.Return();
    }

    [Theory]
    [InlineData(48, 1000)]
    [InlineData(8, 1024)]
    [InlineData(5, 1500)]
    [InlineData(3, 4096)]
    public void AppendFrame_MoreThanABufferKeeps_TheNextMessageAllocatesNothing(int frames, int length)
    {
        FillAndReturn();

        // Other tests take from the same pool meanwhile: one run without them shows it.
        var allocated = OwnAllocations.LeastOf(runs: 50, run: () =>
        {
            for (var i = 0; i < 20; i++) FillAndReturn();
        });

        Assert.Equal(0, allocated);

        // A thread gets the one that it gave back last.
        void FillAndReturn()
        {
            var buffer = MessageBuffer.Rent();
            for (var i = 0; i < frames; i++) buffer.AppendFrame(length);
            buffer.Return();
        }
    }

    private static void Fill(MessageBuffer buffer, int length)
    {
        Append(buffer, HeaderLength, 1);
        Append(buffer, length, 2);
    }

    private static void Append(MessageBuffer buffer, int length, byte value) => buffer.AppendFrame(length).Fill(value);
}
