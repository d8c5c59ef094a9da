using System.Buffers.Binary;
using Xunit;
using Zmtp.Sockets.Subscriptions;

namespace Zmtp.Sockets.Tests.Subscriptions;

public class SubscriptionNoticesTests
{
    /// <summary>Subscribers that come and go by the hundred thousand must not leave behind what they once took.</summary>
    [Fact]
    public void XPUB_ManyTopicsThatNobodyHasAnyMore_GiveTheirRoomBackAndTheOthersStayKnown()
    {
        const int Many = 100_000;
        const int Left = 10;
        var notices = new SubscriptionNotices(showsEverySubscribe: false, showsEveryCancel: false);
        for (var topic = 0; topic < Many; topic++) Assert.True(IsWanted(notices, 1, topic));
        Assert.InRange(notices.Room, Many, int.MaxValue);

        for (var topic = Left; topic < Many; topic++) Assert.True(IsWanted(notices, 0, topic));

        Assert.InRange(notices.Room, Left, 1000);
        for (var topic = 0; topic < Left; topic++)
        {
            Assert.False(IsWanted(notices, 1, topic));
            Assert.False(IsWanted(notices, 0, topic));
            Assert.True(IsWanted(notices, 0, topic));
        }
    }

    private static bool IsWanted(SubscriptionNotices notices, byte first, int topic)
    {
        Span<byte> notice = stackalloc byte[1 + sizeof(int)];
        notice[0] = first;
        BinaryPrimitives.WriteInt32BigEndian(notice[1..], topic);
        var message = MessageBuffer.Rent();
        message.AppendFrame(notice);
        try
        {
            return notices.IsWanted(message);
        }
        finally
        {
            message.Return();
        }
    }
}
