using Xunit;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>Steps of tests of the inbound queue.</summary>
internal static class QueueSteps
{
    public static byte[] Octets(int number) => BitConverter.GetBytes(number);

    public static MessageBuffer Numbered(int number)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(Octets(number));
        return message;
    }

    public static void Expect(InboundQueue queue, int number)
    {
        Assert.True(queue.TryTake(out var message, out var isRoomWanted));
        if (isRoomWanted) queue.Resume();
        Assert.Equal(number, BitConverter.ToInt32(message.Slot(0).Span));
    }

    public static Task ReceiveInOrderAsync(InboundQueue queue, SemaphoreSlim ready, int count) => Task.Run(async () =>
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
