using System.Globalization;
using System.Text;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

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
        var queue = new InboundQueue(10);
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
        var queue = new InboundQueue(2);
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
        var queue = new InboundQueue(0);
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
        var queue = new InboundQueue(0);
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
        var queue = new InboundQueue(4);
        for (var i = 0; i < 4; i++) queue.Add(Numbered(i));
        queue.Publish();
        var waiting = queue.WaitForRoomAsync().AsTask();
        Expect(queue, 0);
        Assert.False(waiting.IsCompleted);
        Expect(queue, 1);
        await waiting.WithinAsync();
    }

    [Fact]
    public async Task WaitForRoom_ThereIsRoom_CompletesAtOnce()
    {
        var queue = new InboundQueue(1);
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
        var queue = new InboundQueue(1) { RoomAgain = told.Add };
        queue.Add(Numbered(1));
        queue.Publish();
        Assert.False(queue.WantsRoomInVain());

        queue.StopWaiting();

        Assert.Equal([false], told);
        var waiting = queue.WaitForRoomAsync().AsTask();
        await waiting.WithinAsync();
    }

    [Fact]
    public void AskForRoom_SaysOnceThereIsRoomAgain()
    {
        var told = 0;
        var queue = new InboundQueue(2) { RoomAgain = _ => told++ };
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
        var queue = new InboundQueue(mark);
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

    [Fact]
    public void Append_SaysReadyOnceUntilItWasFoundEmpty()
    {
        var queue = new InboundQueue(10);
        Assert.True(queue.Append(Octets(1)));
        Assert.False(queue.Append(Octets(2)));
        Expect(queue, 1);
        Assert.False(queue.Append(Octets(3)));
        Expect(queue, 2);
        Expect(queue, 3);
        Assert.True(queue.IsAtWriter);
        Assert.False(queue.Append(Octets(4)));
        Expect(queue, 4);
        Assert.False(queue.TryTake(out _, out _));
        Assert.True(queue.Append(Octets(5)));
        Expect(queue, 5);
    }

    [Fact]
    public void Append_BetweenMessagesWithMemoryOfTheirOwn_TheOrderStays()
    {
        var queue = new InboundQueue(0);
        queue.Append(Octets(0));
        Expect(queue, 0);
        for (var i = 1; i < 300; i++)
        {
            if (i % 7 == 0)
            {
                queue.Add(Numbered(i));
                queue.Publish();
            }
            else
            {
                queue.Append(Octets(i));
            }
        }

        Assert.Equal(299, queue.Count);
        for (var i = 1; i < 300; i++) Expect(queue, i);
        Assert.False(queue.TryTake(out _, out _));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Append_MessagesOfSeveralFrames_ArriveWhole()
    {
        var queue = new InboundQueue(0);
        for (var i = 1; i < 2_000; i++)
        {
            using var message = Message.Of("left out", "", new string('x', i % 300), i.ToString(CultureInfo.InvariantCulture));
            var buffer = message.Buffer;
            if (i % 3 == 0) queue.Append(Octets(i));
            else queue.Append(buffer, firstFrame: 1, (int)buffer.Length - "left out".Length);
        }

        for (var i = 1; i < 2_000; i++)
        {
            if (i % 3 == 0)
            {
                Expect(queue, i);
                continue;
            }

            Assert.True(queue.TryTake(out var taken, out _));
            Assert.Equal(3, taken.FrameCount);
            Assert.Equal(0, taken.Slot(0).Length);
            Assert.Equal(i % 300, taken.Slot(1).Length);
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(taken.Slot(2).Span));
            taken.Return();
        }

        Assert.False(queue.TryTake(out _, out _));
    }

    /// <summary>As for want of memory: a frame that is longer than was said finds no room.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Append_FailsBehindItsFirstFrame_NothingIsLeftOfTheMessage(bool isFirst)
    {
        var queue = new InboundQueue(0);
        if (!isFirst) queue.Append(Octets(1));
        using var message = Message.Of("a", new string('x', 2 * InboundBatch.MaximumCapacity));

        Assert.ThrowsAny<Exception>(() => queue.Append(message.Buffer, 0, 1));

        Assert.Equal(isFirst ? 0 : 1, queue.Count);
        Assert.Equal(isFirst, queue.Append(Octets(2)));
        if (!isFirst) Expect(queue, 1);
        Assert.True(queue.TryTake(out var taken, out _));
        Assert.Equal(1, taken.FrameCount);
        Assert.Equal(2, BitConverter.ToInt32(taken.Slot(0).Span));
        Assert.Equal(0, queue.Count);
        Assert.Equal(0, queue.Octets);
    }

    /// <summary>Empty messages need no room, and a batch whose table never ended grew with each of them.</summary>
    [Fact]
    public void Append_AMillionEmptyMessagesTakenAsTheyCome_KeepsNothing()
    {
        var queue = new InboundQueue(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++)
        {
            queue.Append([]);
            Assert.True(queue.TryTake(out var message, out _));
            message.Return();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [Fact]
    public void Append_AnotherSource_IsThatOfTheMessagesBehindIt()
    {
        var before = new InboundSource(null, this, null);
        var after = new InboundSource(null, this, null);
        var queue = new InboundQueue(10) { Source = before };
        queue.Append(Octets(1));
        queue.Source = after;
        queue.Append(Octets(2));
        Assert.True(queue.TryTake(out var first, out _));
        Assert.True(queue.TryTake(out var second, out _));
        Assert.Same(before, first.Source);
        Assert.Same(after, second.Source);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(0, 4)]
    [InlineData(0, 300)]
    [InlineData(100, 1500)]
    public async Task OneSenderWhoAppendsAndOneReceiver_EachMessageInOrderAndNobodyWaitsForEver(int mark, int longest)
    {
        const int count = 200_000;
        var queue = new InboundQueue(mark);
        var ready = new SemaphoreSlim(0);
        var body = new byte[longest];
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                if (!queue.HasRoom) await queue.WaitForRoomAsync();
                BitConverter.TryWriteBytes(body, i);
                bool isReady;
                if (i % 1000 == 0)
                {
                    queue.Add(Numbered(i));
                    isReady = queue.Publish();
                }
                else
                {
                    isReady = queue.Append(body.AsSpan(0, sizeof(int) + (i % (longest - sizeof(int) + 1))));
                }

                if (isReady) ready.Release();
            }
        });
        var receiving = ReceiveInOrderAsync(queue, ready, count);

        await Task.WhenAll(sending, receiving).WithinAsync(40);
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
        var queue = new InboundQueue(0, Messages * frames * MessageBuffer.FrameCost);
        for (var i = 0; i < Messages; i++)
        {
            Assert.True(queue.HasRoom, $"After {i} messages.");
            AddEmptyFrames(queue, frames, way);
        }

        Assert.False(queue.HasRoom);
        queue.Publish();
        while (queue.TryTake(out var message, out _)) message.Return();
        for (var i = 0; i < Messages; i++)
        {
            Assert.True(queue.HasRoom, $"After {i} messages, taken {Messages}.");
            AddEmptyFrames(queue, frames, way);
        }

        Assert.False(queue.HasRoom);
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

    private static byte[] Octets(int number) => BitConverter.GetBytes(number);

    private static MessageBuffer Numbered(int number)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(Octets(number));
        return message;
    }

    private static void Expect(InboundQueue queue, int number)
    {
        Assert.True(queue.TryTake(out var message, out var isRoomWanted));
        if (isRoomWanted) queue.Resume();
        Assert.Equal(number, BitConverter.ToInt32(message.Slot(0).Span));
    }

    private static Task ReceiveInOrderAsync(InboundQueue queue, SemaphoreSlim ready, int count) => Task.Run(async () =>
    {
        for (var i = 0; i < count;)
        {
            var taken = queue.TryTake(out var message, out var isRoomWanted);
            if (isRoomWanted) queue.Resume();
            if (taken)
            {
                Assert.Equal(i, BitConverter.ToInt32(message!.Slot(0).Span));
                message.Return();
                i++;
            }
            else if (!isRoomWanted)
            {
                await ready.WaitAsync();
            }
        }
    });
}
