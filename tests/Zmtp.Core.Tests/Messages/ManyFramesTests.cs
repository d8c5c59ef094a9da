using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Testing.Steady;

namespace Zmtp.Core.Tests.Messages;

/// <summary>A peer may send endless frames of nothing in one message: what they make the process hold is what they are counted for.</summary>
[Collection(AloneCollection.Name)]
public class ManyFramesTests
{
    /// <summary>The array that the first places lie in, and what the chunks are listed in.</summary>
    private const int Slack = 256 * 1024;

    [Fact]
    public void AppendFrame_AMillionEmptyOnesAgain_AllocatesLittle()
    {
        const int Frames = 1_000_000;
        Run();

        Assert.InRange(OwnAllocations.LeastOf(Run), 0, Slack);

        static void Run() => Empty(Frames).Return();
    }

    /// <summary>Just more than an array that is doubled has room for, so that it would be doubled once more.</summary>
    [Theory]
    [InlineData((3 * 4096) + 2)]
    [InlineData((3 * 512 * 1024) + 2)]
    public void AppendFrame_ManyEmptyOnes_HoldsAboutTheirCost(int frames)
    {
        // What lies idle would be there before, and be used.
        while (FrameSlotPool.Idle > 0) FrameSlotPool.Rent();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var message = Empty(frames);

        // Less, where something else was given up meanwhile.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, message.Cost + (message.Cost / 16) + Slack);
        message.Return();
    }

    [Fact]
    public void FrameCost_IsThePlaceOfAFrame() => Assert.Equal(MessageBuffer.FrameCost, Unsafe.SizeOf<FrameSlot>());

    [Fact]
    public void Return_ManyFrames_WhatLiesIdleHasABound()
    {
        var messages = new List<MessageBuffer>();
        for (var i = 0; i < 3; i++) messages.Add(Empty(FrameSlotPool.MaximumIdle / 2 * FrameSlotPool.ChunkLength));
        foreach (var message in messages) message.Return();
        Assert.InRange(FrameSlotPool.Idle, 1, FrameSlotPool.MaximumIdle);
    }

    /// <summary>Before and behind every place where the next frames lie elsewhere.</summary>
    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Frames_AsManyAsLieInOnePieceAndAFewMore_AreAllRight(int frames)
    {
        var message = Numbered(frames);
        AssertNumbered(message, 0, frames);

        message.RemoveLastFrame();
        message.RemoveLastFrame();
        AssertNumbered(message, 0, frames - 2);
        for (var i = frames - 2; i < frames + 1; i++) Append(message, i);
        message.AppendFrame("-----"u8);
        message.TrimLastFrame(1, sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(message.Slot(frames + 1).Span, frames + 1);
        AssertNumbered(message, 0, frames + 2);

        message.PrependEmptyFrame();
        Assert.Equal(0, message.Slot(0).Length);
        message.RemoveFirstFrames(1);
        AssertNumbered(message, 0, frames + 2);
        message.RemoveFirstFrames(frames);
        AssertNumbered(message, frames, 2);
        message.Return();

        // What was given back is as new.
        message = Numbered(frames);
        AssertNumbered(message, 0, frames);
        Assert.All(Enumerable.Range(0, frames), i => Assert.False(message.Slot(i).IsSeparable));
        message.Return();
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Frames_OfAnotherMessage_AreTakenAndCopiedInTheirOrder(int frames)
    {
        var other = Numbered(frames);
        other.AppendFrame(100_000).Fill(7);
        var taking = MessageBuffer.Rent();
        taking.TakeFrames(other);
        var copying = MessageBuffer.Rent();
        copying.AppendFrames(taking);
        copying.AppendFrames(copying, 1);
        other.Return();

        AssertNumbered(taking, 0, frames);
        Assert.Equal(-1, taking.Slot(frames).Span.IndexOfAnyExcept((byte)7));
        taking.Return();
        AssertNumbered(copying, 0, frames);
        Assert.Equal((2 * frames) + 1, copying.FrameCount);
        for (var i = 1; i < frames; i++) Assert.Equal(i, BinaryPrimitives.ReadInt32LittleEndian(copying.Slot(frames + i).Span));
        copying.Return();
    }

    public static TheoryData<int> Boundaries =>
        [.. new[] { 2, 4, 7, 49, 1537, 1537 + 1024, 1537 + (3 * 1024) }.SelectMany(static at => new[] { at, at + 1, at + 2 }).Distinct()];

    private static MessageBuffer Numbered(int frames)
    {
        var message = MessageBuffer.Rent();
        for (var i = 0; i < frames; i++) Append(message, i);
        return message;
    }

    private static void Append(MessageBuffer message, int number) =>
        BinaryPrimitives.WriteInt32LittleEndian(message.AppendFrame(sizeof(int)), number);

    private static void AssertNumbered(MessageBuffer message, int first, int atLeast)
    {
        Assert.InRange(message.FrameCount, atLeast, int.MaxValue);
        for (var i = 0; i < atLeast; i++) Assert.Equal(first + i, BinaryPrimitives.ReadInt32LittleEndian(message.Slot(i).Span));
    }

    private static MessageBuffer Empty(int frames)
    {
        var message = MessageBuffer.Rent();
        for (var i = 0; i < frames; i++) message.AppendFrame(0);
        return message;
    }
}
