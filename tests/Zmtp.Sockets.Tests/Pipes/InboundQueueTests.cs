using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

public class InboundQueueTests
{
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
        var receiving = Task.Run(async () =>
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

        await Task.WhenAll(reading, receiving).WithinAsync(40);
    }

    private static MessageBuffer Numbered(int number)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(BitConverter.GetBytes(number));
        return message;
    }

    private static void Expect(InboundQueue queue, int number)
    {
        Assert.True(queue.TryTake(out var message, out var isRoomWanted));
        if (isRoomWanted) queue.Resume();
        Assert.Equal(number, BitConverter.ToInt32(message.Slot(0).Span));
    }
}
