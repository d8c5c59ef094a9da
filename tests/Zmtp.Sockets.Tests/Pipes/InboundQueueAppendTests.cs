using System.Globalization;
using System.Text;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Testing;
using static Zmtp.Sockets.Tests.Pipes.QueueSteps;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>Messages over inproc, which senders append where the receiver takes them.</summary>
public class InboundQueueAppendTests
{
    [Fact]
    public void Append_SaysReadyOnceUntilItWasFoundEmpty()
    {
        var queue = new InboundQueue(10, long.MaxValue);
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
        var queue = new InboundQueue(0, long.MaxValue);
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
        var queue = new InboundQueue(0, long.MaxValue);
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
        var queue = new InboundQueue(0, long.MaxValue);
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
        var queue = new InboundQueue(0, long.MaxValue);
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
        var queue = new InboundQueue(10, long.MaxValue) { Source = before };
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
        var queue = new InboundQueue(mark, long.MaxValue);
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
}
