using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>A subscriber within the process that asks for more than a publisher keeps for one peer.</summary>
[Collection(AloneCollection.Name)]
public class InprocLimitTests
{
    /// <summary>Together more than the 64 MiB that one peer's subscriptions may occupy.</summary>
    private const int Topics = 1200;

    private const int TopicLength = 60_000;

    private static readonly SocketOptions Patient = Sut.Quick with
    {
        ReconnectInterval = TimeSpan.FromMinutes(5),
        ReconnectIntervalMax = TimeSpan.FromMinutes(5),
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task INPROC_SubscriptionsBeyondTheLimit_PeerIsSentAwayAndTheApplicationIsNotHit(bool isConnected)
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context, Patient);
        await using var sub = new SubSocket(context, Patient);
        var publisher = new EventLog(pub);
        var subscriber = new EventLog(sub);
        var endpoint = await pub.BindAsync(Join.Fresh("inproc"));
        if (isConnected) sub.Connect(endpoint);

        Subscribe(sub);
        if (!isConnected) sub.Connect(endpoint);

        var ended = await publisher.NextAsync(SocketEventKind.Disconnected);
        Assert.IsType<ZmtpProtocolException>(ended.Error);
        Assert.Equal(FaultOrigin.Network, (await subscriber.NextAsync(SocketEventKind.Disconnected)).Error?.Origin);
        Assert.Equal((0, 0), (pub.PeerCount, sub.PeerCount));
        pub.TrySend("nobody");
    }

    private static void Subscribe(SubSocket sub)
    {
        var topic = new byte[TopicLength];
        for (var i = 0; i < Topics; i++)
        {
            BitConverter.TryWriteBytes(topic, i);
            sub.Subscribe(topic);
        }
    }
}
