using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Engine;

public class OutgoingBufferTests
{
    [Fact]
    public void FramesAndCommands_LeaveTogetherInOrder()
    {
        using var buffer = Create();
        Assert.True(buffer.IsEmpty);
        Assert.False(buffer.TryTake(mayGrow: false, out _));
        buffer.WriteFrame("A"u8, more: true);
        buffer.WriteFrame([], more: false);
        buffer.WriteCommand("\u0004PONG"u8);
        buffer.WriteFrame("B"u8, more: false);
        Assert.Equal(15, buffer.Length);

        Assert.True(buffer.TryTake(mayGrow: false, out var chunk));
        Assert.Equal(Hex.Octets("01 01 41 00 00 04 05 04 50 4F 4E 47 00 01 42"), chunk.Memory.ToArray());
        Assert.Equal(2, chunk.Messages);
        chunk.Return();
        Assert.True(buffer.IsEmpty);
        Assert.False(buffer.TryTake(mayGrow: false, out _));
    }

    [Fact]
    public void ChunkOfSmallMessagesAndTheLargestBody_IsLongerThanAnArrayMayBe()
    {
        var chunk = new OutgoingChunk { Length = 64 * 1024, Body = new FrameSlot { Length = Array.MaxLength } };
        Assert.Equal(64L * 1024 + Array.MaxLength, chunk.TotalLength);
    }

    [Theory]
    [InlineData(255, "00 FF")]
    [InlineData(256, "02 00 00 00 00 00 00 01 00")]
    [InlineData(1_000_000, "02 00 00 00 00 00 0F 42 40")]
    public void FrameOfEachSize_HasTheHeaderOfTheSpec(int size, string header)
    {
        using var buffer = Create();
        buffer.WriteFrame(new byte[size], more: false);
        Assert.True(buffer.TryTake(mayGrow: false, out var chunk));
        var octets = Hex.Octets(header);
        Assert.Equal(octets, chunk.Memory[..octets.Length].ToArray());
        Assert.Equal(octets.Length + size, chunk.TotalLength);
        chunk.Return();
    }

    [Fact]
    public void MoreThanAChunk_LeavesInSeveralThatJoinSeamlessly()
    {
        using var buffer = Create();
        var expected = new List<byte>();
        for (var i = 0; i < 500; i++)
        {
            var body = new byte[i % 300];
            Array.Fill(body, unchecked((byte)i));
            buffer.WriteFrame(body, more: false);
            expected.AddRange(body.Length <= 255 ? [0, (byte)body.Length] : [2, 0, 0, 0, 0, 0, 0, 1, (byte)(body.Length - 256)]);
            expected.AddRange(body);
        }

        Assert.Equal(expected.Count, buffer.Length);
        var left = new List<byte>();
        var messages = 0;
        var chunks = 0;
        while (buffer.TryTake(mayGrow: false, out var chunk))
        {
            left.AddRange(chunk.Memory.Span);
            messages += chunk.Messages;
            chunks++;
            chunk.Return();
        }

        Assert.Equal(expected, left);
        Assert.Equal(500, messages);
        Assert.InRange(chunks, 2, 5);
    }

    [Fact]
    public void LargeBodyOfAMessageThatIsGivenUp_LeavesFromWhereItLies()
    {
        using var buffer = Create();
        var message = MessageBuffer.Rent();
        message.AppendFrame("A"u8);
        message.AppendFrame(40_000).Fill(7);
        message.AppendFrame("B"u8);
        var memory = message.Slot(1).Array;
        for (var i = 0; i < 3; i++) buffer.TakeFrame(ref message.Slot(i), more: i < 2);
        message.Return();
        Assert.Equal(3 + 9 + 40_000 + 3, buffer.Length);

        Assert.True(buffer.TryTake(mayGrow: false, out var first));
        Assert.Equal(Hex.Octets("01 01 41 03 00 00 00 00 00 00 9C 40"), first.Memory.ToArray());
        Assert.Same(memory, first.Body.Array);
        Assert.Equal(40_000, first.BodyMemory.Length);
        Assert.False(first.BodyMemory.Span.ContainsAnyExcept((byte)7));
        Assert.Equal(0, first.Messages);
        Assert.True(buffer.TryTake(mayGrow: false, out var second));
        Assert.Equal(Hex.Octets("00 01 42"), second.Memory.ToArray());
        Assert.Equal(0, second.Body.Length);
        Assert.Equal(1, second.Messages);
        Assert.True(buffer.IsEmpty);
        first.Return();
        second.Return();
    }

    [Fact]
    public void LargeBodyThatItsOwnerKeeps_IsCopiedToMemoryOfItsOwnLength()
    {
        using var buffer = Create();
        var body = new byte[1024 * 1024];
        Random.Shared.NextBytes(body);
        buffer.WriteFrame("A"u8, more: true);
        buffer.WriteFrame(body, more: false);
        Assert.Equal(3 + 9 + body.Length, buffer.Length);

        Assert.True(buffer.TryTake(mayGrow: false, out var chunk));
        Assert.Equal(Hex.Octets("01 01 41 02 00 00 00 00 00 10 00 00"), chunk.Memory.ToArray());
        Assert.NotSame(body, chunk.Body.Array);
        Assert.True(chunk.BodyMemory.Span.SequenceEqual(body));
        Assert.Equal(body.Length, chunk.Body.Array.Length);
        Assert.Equal(1, chunk.Messages);
        chunk.Return();
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void SmallBodyOfAMessageThatIsGivenUp_LeavesWithItsNeighbours()
    {
        using var buffer = Create();
        var message = MessageBuffer.Rent();
        message.AppendFrame(new byte[300]);
        message.AppendFrame(new byte[3_000]);
        for (var i = 0; i < 2; i++) buffer.TakeFrame(ref message.Slot(i), more: i < 1);
        message.Return();

        Assert.True(buffer.TryTake(mayGrow: false, out var chunk));
        Assert.Equal(9 + 300 + 9 + 3_000, chunk.Length);
        Assert.Equal(0, chunk.Body.Length);
        chunk.Return();
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void NoMemoryForTheNextFrame_WhatIsEncodedLeavesOnce()
    {
        using var mechanism = new SealingMechanism();
        using var buffer = new OutgoingBuffer(mechanism);
        buffer.WriteFrame("A"u8, more: true);
        var length = buffer.Length;
        mechanism.ClaimedOverhead = Array.MaxLength;

        Assert.Throws<OutOfMemoryException>(() => buffer.WriteFrame("B"u8, more: false));

        Assert.Equal(length, buffer.Length);
        Assert.True(buffer.TryTake(mayGrow: false, out var chunk));
        Assert.Equal(length, chunk.TotalLength);
        Assert.False(buffer.TryTake(mayGrow: false, out _));
        chunk.Return();
    }

    [Theory]
    [InlineData(true, 256 * 1024)]
    [InlineData(false, 64 * 1024)]
    public void Stream_OfOneThatMayGrow_HasLargerChunksUntilItPauses(bool mayGrow, int expected)
    {
        using var buffer = Create();
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(64 * 1024, Fill(buffer));
            TakeAll(buffer, mayGrow);
        }

        Assert.Equal(expected, Fill(buffer));
        TakeAll(buffer, mayGrow);
        Assert.Equal(expected, Fill(buffer));
        TakeAll(buffer, mayGrow: false);
        Assert.Equal(64 * 1024, Fill(buffer));
        TakeAll(buffer, mayGrow);
        Assert.Equal(expected, Fill(buffer));
        TakeAll(buffer, mayGrow);

        buffer.WriteFrame("A"u8, more: false);
        TakeAll(buffer, mayGrow);
        Assert.Equal(64 * 1024, Fill(buffer));
        TakeAll(buffer, mayGrow);
    }

    /// <summary>Encodes until there is a full chunk.</summary>
    /// <returns>The octets of it, but for less than a frame.</returns>
    private static int Fill(OutgoingBuffer buffer)
    {
        const int Frame = 1024;
        while (!buffer.HasFullChunk) buffer.WriteFrame(new byte[Frame - FrameHeader.GetHeaderLength(Frame)], more: false);
        return (int)buffer.Length / Frame * Frame;
    }

    private static void TakeAll(OutgoingBuffer buffer, bool mayGrow)
    {
        while (buffer.TryTake(mayGrow, out var chunk)) chunk.Return();
    }

    private static OutgoingBuffer Create() =>
        new(NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true)));
}
