using System.Text;
using Xunit;

namespace Zmtp.Core.Tests.Messages;

public class InboundBatchTests
{
    [Fact]
    public void Take_MessagesOfOneFrameAndOfMany_ComeOutInOrder()
    {
        var batch = InboundBatch.Rent(1000);
        Append(batch, "A", more: false);
        Append(batch, "B", more: true);
        Append(batch, "", more: true);
        Append(batch, "C", more: false);
        batch.AddWhole(Whole("D"));
        Append(batch, "E", more: false);
        Assert.Equal(["A", "B||C", "D", "E"], TakeAll(batch));
        batch.Release();
    }

    [Fact]
    public void Take_FromASourceWithARoutingId_BeginsWithItAndDoesNotCountIt()
    {
        var batch = InboundBatch.Rent(1000);
        batch.Source = new InboundSource(null, this, "id"u8.ToArray());
        Append(batch, "A", more: false);
        var message = batch.Take(out var octets);
        Assert.Equal("id|A", Text(message));
        Assert.Equal(InboundBatch.Cost + 1 + MessageBuffer.FrameCost, octets);
        Assert.Same(batch.Source, message.Source);
        message.Return();
        batch.Release();
    }

    [Fact]
    public void DropOpenFrames_NobodySeesThem()
    {
        var batch = InboundBatch.Rent(1000);
        Append(batch, "A", more: false);
        batch.AppendFrame("B"u8, more: true);
        Assert.True(batch.HasOpenFrames);
        Assert.Equal("B"u8, batch.FirstOpenFrame);
        batch.DropOpenFrames();
        Append(batch, "C", more: false);
        Assert.Equal(["A", "C"], TakeAll(batch));
        batch.Release();
    }

    [Fact]
    public void MoveOpenFrames_TheyContinueElsewhere()
    {
        var batch = InboundBatch.Rent(1000);
        batch.AppendFrame("A"u8, more: true);
        batch.AppendFrame("B"u8, more: true);
        var message = MessageBuffer.Rent();
        batch.MoveOpenFrames(message);
        Assert.False(batch.HasOpenFrames);
        Assert.Equal("A|B", Text(message));
        message.Return();
        batch.Release();
    }

    [Fact]
    public void Reserve_WithoutCommit_LeavesNothing()
    {
        var batch = InboundBatch.Rent(1000);
        batch.Reserve(5).Fill(1);
        "xB"u8.CopyTo(batch.Reserve(2));
        batch.CommitFrame(1, 1, more: false);
        batch.EndMessage();
        Assert.Equal(["B"], TakeAll(batch));
        batch.Release();
    }

    [Fact]
    public void Message_ThatLiesInTheBatch_KeepsItsMemoryUntilItIsReturned()
    {
        var batch = InboundBatch.Rent(64 * 1024);
        var large = new byte[10_000];
        large.AsSpan().Fill(7);
        batch.AppendFrame(large, more: false);
        batch.EndMessage();
        var message = batch.Take(out _);
        batch.Release();
        var other = InboundBatch.Rent(64 * 1024);
        Assert.NotSame(batch, other);
        other.Reserve(10_000).Fill(9);
        Assert.Equal(large, message.Slot(0).Span);
        message.Return();
        other.Release();
    }

    [Fact]
    public void Message_ThatIsSmallForTheBatch_IsCopiedOutOfIt()
    {
        var batch = InboundBatch.Rent(64 * 1024);
        batch.AppendFrame(new byte[1000], more: false);
        batch.EndMessage();
        var message = batch.Take(out _);
        Assert.Null(message.Slot(0).Batch);
        message.Return();
        batch.Release();
    }

    [Theory]
    [InlineData(20_000, 1)]
    [InlineData(5_000, 10)]
    [InlineData(60, 1000)]
    public void Take_ManyFramesThatAreCopied_HoldsAtMostFourTimesTheirCost(int frames, int length)
    {
        var batch = InboundBatch.Rent(64 * 1024);
        for (var i = 0; i < frames; i++) batch.AppendFrame(new byte[length], more: i < frames - 1);
        batch.EndMessage();
        var message = batch.Take(out var cost);
        Assert.Equal(frames, message.FrameCount);
        Assert.InRange(HeldMemory.Of(message), message.Length, 4 * cost);
        message.Return();
        batch.Release();
    }

    [Theory]
    [InlineData(64 * 1024, 1, 512)]
    [InlineData(64 * 1024, 511, 512)]
    [InlineData(64 * 1024, 512, 4096)]
    [InlineData(64 * 1024, 10_000, 16 * 1024)]
    [InlineData(64 * 1024, 20_000, 64 * 1024)]
    [InlineData(4096, 100, 512)]
    [InlineData(4096, 600, 4096)]
    [InlineData(1000, 1, 512)]
    public void Trim_MemoryThatItsMessagesDoNotNeed_IsGivenUp(int capacity, int length, int left)
    {
        var batch = InboundBatch.Rent(capacity);
        var frame = new byte[length];
        frame.AsSpan().Fill(7);
        batch.AppendFrame(frame, more: true);
        batch.AddWhole(EndedBefore(batch));
        batch.AppendFrame("dropped"u8, more: false);
        batch.DropOpenFrames();
        Append(batch, "B", more: false);
        batch.Trim();
        Assert.Equal(left, batch.Capacity);
        var first = batch.Take(out _);
        Assert.Equal(frame, first.Slot(0).Span);
        Assert.Equal("A", Text(batch.Take(out _)));
        Assert.Equal("B", Text(batch.Take(out _)));
        Assert.True(batch.IsRunOver);
        batch.Release();
        Assert.Equal(frame, first.Slot(0).Span);
        first.Return();

        static MessageBuffer EndedBefore(InboundBatch batch)
        {
            batch.AppendFrame([], more: false);
            batch.EndMessage();
            return Whole("A");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EndLoan_OfMemoryThatFramesLieIn_TheyAreThereAsLongAsTheyAreNeeded(bool mayKeep)
    {
        var lent = BlockPool.Rent(8 * 1024);
        "..A.BC"u8.CopyTo(lent);
        lent.AsSpan(10, 3000).Fill((byte)'D');
        var batch = InboundBatch.Rent(0);
        batch.AddWhole(Whole("0"));
        batch.Borrow(lent);
        Assert.True(batch.IsBorrowing);
        batch.AddBorrowedFrame(2, 1, more: false);
        batch.EndMessage();
        batch.AddBorrowedFrame(4, 1, more: true);
        batch.AddBorrowedFrame(5, 1, more: false);
        batch.EndMessage();
        batch.AddBorrowedFrame(10, 3000, more: false);
        batch.EndMessage();
        batch.AddBorrowedFrame(2, 1, more: true);

        Assert.Equal(mayKeep, batch.EndLoan(mayKeep));

        // Who has lent it goes on with it, if it was not kept.
        if (!mayKeep) lent.AsSpan().Fill((byte)'!');
        Assert.False(batch.IsBorrowing);
        Assert.Equal("A"u8, batch.FirstOpenFrame);
        batch.DropOpenFrames();
        Assert.Equal(["0", "A", "B|C", new string('D', 3000)], TakeAll(batch));
        batch.Release();
    }

    /// <summary>The messages lie anywhere in it, and it has no end of them that something could be put behind.</summary>
    [Fact]
    public void EndLoan_MemoryIsKept_NothingMoreGoesThere()
    {
        var lent = BlockPool.Rent(4096);
        lent[0] = (byte)'A';
        var batch = InboundBatch.Rent(0);
        batch.Borrow(lent);
        batch.AddBorrowedFrame(0, 1, more: false);
        batch.EndMessage();
        Assert.True(batch.EndLoan(mayKeep: true));
        Assert.False(batch.HasRoomFor(1));
        Assert.False(batch.HasRoomToAppend(1));
        Assert.Equal(["A"], TakeAll(batch));
        batch.Release();
    }

    [Fact]
    public void EndLoan_NothingWasAdded_TheMemoryIsNotKept()
    {
        var batch = InboundBatch.Rent(0);
        batch.Borrow(BlockPool.Rent(4096));
        batch.AddBorrowedFrame(0, 10, more: false);
        batch.DropOpenFrames();
        Assert.False(batch.EndLoan(mayKeep: true));
        Assert.False(batch.IsBorrowing);
        Append(batch, "A", more: false);
        Assert.Equal(["A"], TakeAll(batch));
        batch.Release();
    }

    /// <summary>A read of 64 KiB that is all commands but for a message would else be held by it.</summary>
    [Fact]
    public void Trim_FewMessagesInMemoryThatWasKept_LieInLess()
    {
        var lent = BlockPool.Rent(InboundBatch.MaximumCapacity);
        lent.AsSpan(60_000, 10).Fill((byte)'A');
        var batch = InboundBatch.Rent(0);
        batch.Borrow(lent);
        batch.AddBorrowedFrame(60_000, 10, more: false);
        batch.EndMessage();
        Assert.True(batch.EndLoan(mayKeep: true));
        Assert.Equal(InboundBatch.MaximumCapacity, batch.Capacity);

        batch.Trim();

        Assert.InRange(batch.Capacity, 10, BlockPool.MinimumSize);
        Assert.Equal([new string('A', 10)], TakeAll(batch));
        batch.Release();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Trim_ReadOfMessages_StaysWhereItLies(int length)
    {
        // As many as come with so many octets.
        var batch = InboundBatch.Rent(64 * 1024);
        for (var i = 0; i < 64 * 1024 / (2 + length); i++)
        {
            batch.AppendFrame(new byte[length], more: false);
            batch.EndMessage();
        }

        batch.Trim();
        Assert.Equal(64 * 1024, batch.Capacity);
        batch.Release();
    }

    private static void Append(InboundBatch batch, string frame, bool more)
    {
        batch.AppendFrame(Encoding.ASCII.GetBytes(frame), more);
        if (!more) batch.EndMessage();
    }

    private static MessageBuffer Whole(string frame)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(Encoding.ASCII.GetBytes(frame));
        return message;
    }

    private static List<string> TakeAll(InboundBatch batch)
    {
        var all = new List<string>();
        while (batch.HasMessages)
        {
            var message = batch.Take(out _);
            all.Add(Text(message));
            message.Return();
        }

        return all;
    }

    private static string Text(MessageBuffer message) =>
        string.Join('|', Enumerable.Range(0, message.FrameCount).Select(i => Encoding.ASCII.GetString(message.Slot(i).Span)));
}
