using System.Globalization;
using System.Text;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;
using static Zmtp.Sockets.Tests.Pipes.QueueSteps;

namespace Zmtp.Sockets.Tests.Pipes;

public class InboundQueueTests
{
    /// <summary>How a message comes into a queue.</summary>
    public enum Way
    {
        Whole,
        Batch,
        Appended,
    }

    [Fact]
    public void Publish_SaysReadyOnceUntilItWasFoundEmpty()
    {
        var queue = new InboundQueue(10, long.MaxValue);
        Assert.False(queue.Publish());
        queue.Add(Numbered(1));
        Assert.False(queue.TryTake(out _, out _));
        Assert.True(queue.Publish());
        queue.Add(Numbered(2));
        Assert.False(queue.Publish());
        Expect(queue, 1);
        Expect(queue, 2);
        queue.Add(Numbered(3));
        Assert.False(queue.Publish());
        Expect(queue, 3);
        Assert.False(queue.TryTake(out _, out _));
        queue.Add(Numbered(4));
        Assert.True(queue.Publish());
    }

    [Fact]
    public void HasRoom_CountsWhatIsNotPublishedToo()
    {
        var queue = new InboundQueue(2, long.MaxValue);
        queue.Add(Numbered(1));
        Assert.True(queue.HasRoom);
        queue.Add(Numbered(2));
        Assert.False(queue.HasRoom);
        queue.Publish();
        Assert.False(queue.HasRoom);
        Assert.Equal(2, queue.Count);
        Expect(queue, 1);
        Assert.True(queue.HasRoom);
    }

    /// <summary>A read may be all commands but for one message, which is all that counts of it.</summary>
    [Fact]
    public void Publish_ALargeReadOfOneSmallMessage_KeepsLittle()
    {
        var queue = new InboundQueue(0, long.MaxValue);
        var batch = queue.Open(64 * 1024);
        batch.AppendFrame("A"u8, more: false);
        queue.EndMessage();
        queue.Publish();
        Assert.InRange(batch.Capacity, 1, 512);
        Assert.True(queue.TryTake(out var message, out _));
        Assert.Equal("A"u8, message.Slot(0).Span);
        message.Return();
    }

    /// <summary>A read may begin with the end of a message that came with the last one, and bring a thousand others.</summary>
    [Fact]
    public void Open_BehindAMessageWithMemoryOfItsOwn_HasRoomForTheRead()
    {
        var queue = new InboundQueue(0, long.MaxValue);
        queue.Add(Numbered(1));
        var batch = queue.Open(64 * 1024);
        Assert.True(batch.HasRoomFor(32 * 1024));
        batch.AppendFrame(Octets(2), more: false);
        queue.EndMessage();
        Assert.Same(batch, queue.Open(64 * 1024));
        queue.Publish();
        Expect(queue, 1);
        Expect(queue, 2);
    }

    [Fact]
    public async Task WaitForRoom_CompletesOnceHalfIsTaken()
    {
        var queue = new InboundQueue(4, long.MaxValue);
        for (var i = 0; i < 4; i++) queue.Add(Numbered(i));
        queue.Publish();
        var waiting = queue.WaitForRoomAsync().AsTask();
        Expect(queue, 0);
        Assert.False(waiting.IsCompleted);
        Expect(queue, 1);
        await waiting.WithinAsync();
    }

    /// <summary>Where the heap has a limit, queues of many peers may be more than that together.</summary>
    [Fact]
    public async Task WaitForRoom_MemoryIsShort_TheReaderGoesOnWhenLessThanHalfOfAReadWaits()
    {
        const int Length = (int)HeapPressure.UnreadOctets / 4;
        var isShort = false;
        var queue = new InboundQueue(0, long.MaxValue) { IsMemoryShort = () => isShort };
        for (var i = 0; i < 10; i++) Assert.False(Publish());
        Assert.True(queue.HasRoom);
        isShort = true;
        Assert.True(Publish());
        Assert.False(queue.HasRoom);

        var waiting = queue.WaitForRoomAsync().AsTask();
        for (var i = 0; i < 9; i++) Take();
        Assert.False(waiting.IsCompleted);
        Take();

        await waiting.WithinAsync();
        Publish();
        Assert.True(queue.HasRoom);
        for (var i = 0; i < 2; i++) Publish();
        Assert.False(queue.HasRoom);
        isShort = false;
        Publish();
        Assert.True(queue.HasRoom);
        while (queue.Count > 0) Take();

        // Whether the reader is held back.
        bool Publish()
        {
            var message = MessageBuffer.Rent();
            message.AppendFrame(new byte[Length]);
            queue.Add(message);
            var isHeldBack = queue.Weigh();
            queue.Publish();
            return isHeldBack;
        }

        void Take()
        {
            Assert.True(queue.TryTake(out var message, out var isRoomWanted));
            message.Return();
            if (isRoomWanted) queue.Resume();
        }
    }

    /// <summary>It is told when a reader is held back, and not of every read while memory is short.</summary>
    [Fact]
    public void Weigh_MemoryIsShortAndThereIsRoom_NobodyIsHeldBack()
    {
        var queue = new InboundQueue(0, long.MaxValue) { IsMemoryShort = static () => true };
        queue.Add(Numbered(1));
        Assert.False(queue.Weigh());
    }

    [Fact]
    public async Task WaitForRoom_ThereIsRoom_CompletesAtOnce()
    {
        var queue = new InboundQueue(1, long.MaxValue);
        Assert.True(queue.WaitForRoomAsync().AsTask().IsCompletedSuccessfully);
        queue.Add(Numbered(1));
        queue.Publish();
        var waiting = queue.WaitForRoomAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        queue.StopWaiting();
        await waiting.WithinAsync();
    }

    /// <summary>A connection that ends late may end a wait after the next one has begun to read.</summary>
    [Fact]
    public async Task StopWaiting_TheNextReaderHasLeftForWantOfRoom_ItIsTold()
    {
        var told = new List<bool>();
        var queue = new InboundQueue(1, long.MaxValue) { RoomAgain = told.Add };
        queue.Add(Numbered(1));
        queue.Publish();
        Assert.False(queue.HasRoomElseAsk());

        queue.StopWaiting();

        Assert.Equal([false], told);
        var waiting = queue.WaitForRoomAsync().AsTask();
        await waiting.WithinAsync();
    }

    [Fact]
    public void AskForRoom_SaysOnceThereIsRoomAgain()
    {
        var told = 0;
        var queue = new InboundQueue(2, long.MaxValue) { RoomAgain = _ => told++ };
        Assert.True(queue.AskForRoom());
        queue.Add(Numbered(1));
        queue.Add(Numbered(2));
        queue.Publish();
        Assert.False(queue.AskForRoom());
        Expect(queue, 1);
        Assert.Equal(1, told);
        Expect(queue, 2);
        Assert.Equal(1, told);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(0)]
    public async Task OneReaderAndOneReceiver_EachMessageInOrderAndNobodyWaitsForEver(int mark)
    {
        const int count = 50_000;
        var queue = new InboundQueue(mark, long.MaxValue);
        var ready = new SemaphoreSlim(0);
        var reading = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                queue.Add(Numbered(i));
                var hasRoom = queue.HasRoom;
                if (hasRoom && i % 3 != 0 && i < count - 1) continue;
                if (queue.Publish()) ready.Release();
                if (!hasRoom) await queue.WaitForRoomAsync();
            }
        });
        var receiving = ReceiveInOrderAsync(queue, ready, count);

        await Task.WhenAll(reading, receiving).WithinAsync(40);
    }

    /// <summary>Frames without octets take memory all the same: the place of each in a table.</summary>
    [Theory]
    [InlineData(Way.Whole, 33)]
    [InlineData(Way.Batch, 33)]
    [InlineData(Way.Appended, 33)]
    [InlineData(Way.Whole, 1)]
    [InlineData(Way.Batch, 1)]
    [InlineData(Way.Appended, 1)]
    public void HasRoom_EmptyFrames_CountForWhatTheirPlacesTake(Way way, int frames)
    {
        const int Messages = 10;
        var each = (frames * MessageBuffer.FrameCost) + (way == Way.Whole ? MessageBuffer.WholeCost : 0);
        var queue = new InboundQueue(0, InboundBatch.Cost + (Messages * each));
        for (var i = 0; i < Messages; i++)
        {
            Assert.True(queue.HasRoom, $"After {i} messages.");
            AddEmptyFrames(queue, frames, way);
        }

        Assert.False(queue.HasRoom);
        queue.Publish();
        DrainAll(queue);

        // Of another source, and so in another batch whichever way they come.
        queue.Source = new InboundSource(null, queue, null);
        for (var i = 0; i < Messages; i++)
        {
            Assert.True(queue.HasRoom, $"After {i} messages, taken {Messages}.");
            AddEmptyFrames(queue, frames, way);
        }

        Assert.False(queue.HasRoom);
    }

    /// <summary>What a message counts for is added at one end and taken off at the other, each by its own reckoning.</summary>
    [Fact]
    public void Octets_FilledAndDrainedInEveryWay_AreNoneInTheEnd()
    {
        var queue = new InboundQueue(0, long.MaxValue);
        for (var i = 0; i < 2000; i++)
        {
            if (i % 50 == 0) queue.Source = new InboundSource(null, queue, i % 100 == 0 ? null : "id"u8.ToArray());
            AddEmptyFrames(queue, 1 + (i % 3), (Way)(i % 7 % 3));
            if (i % 5 == 0) queue.Open(16 * 1024).AppendFrame("dropped"u8, more: true);
            if (i % 5 == 0) queue.Open(0).DropOpenFrames();
            if (i % 4 == 0) queue.Publish();
            if (i % 11 == 0 && queue.TryTake(out var message, out _)) message.Return();
            if (i % 333 == 0) DrainAll(queue);
        }

        queue.Publish();
        Assert.True(queue.Octets > 0);
        DrainAll(queue);
        Assert.Equal((0, 0L), (queue.Count, queue.Octets));
    }

    private static void DrainAll(InboundQueue queue)
    {
        while (queue.TryTake(out var message, out _)) message.Return();
    }

    private static void AddEmptyFrames(InboundQueue queue, int count, Way way)
    {
        var message = MessageBuffer.Rent();
        for (var i = 0; i < count; i++) message.AppendFrame(0);
        switch (way)
        {
            case Way.Whole:
                queue.Add(message);
                return;
            case Way.Appended:
                queue.Append(message, 0, 0);
                break;
            default:
                for (var i = 1; i <= count; i++) queue.Open(0).AppendFrame([], more: i < count);
                queue.EndMessage();
                break;
        }

        message.Return();
    }
}
