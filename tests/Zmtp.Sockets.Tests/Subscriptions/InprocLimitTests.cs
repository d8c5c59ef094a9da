using Microsoft.Extensions.Logging;
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

    /// <summary>What XPubSocket says of it: nothing is read over inproc, and so nothing holds back who only changes his mind.</summary>
    [Fact]
    public async Task INPROC_ASubscriberThatChangesItsMind_NoticesWaitWhateverTheMark()
    {
        const int Times = 100;
        await using var context = Join.NewContext();
        await using var xpub = new XPubSocket(context, Patient with { ReceiveHighWaterMark = 2 });
        await using var sub = new SubSocket(context, Patient);
        await Join.ToAsync(sub, xpub, "inproc");

        for (var i = 0; i < Times; i++)
        {
            sub.Subscribe("A");
            sub.Unsubscribe("A");
        }

        var notices = 0;
        for (; xpub.TryReceive(out var notice); notices++) notice.Dispose();
        Assert.Equal(2 * Times, notices);
    }

    /// <summary>The XPUB leaves while the peer that it refuses is being sent away, and goes on: the end is the last that is heard of it.</summary>
    [Fact]
    public async Task INPROC_XPubLeavesWhileThePeerIsSentAway_NothingIsHeardOfItBehindItsEnd()
    {
        using var log = new HeldLog();
        await using var context = Join.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var xpub = new XPubSocket(context, Patient with { XPubVerbose = true });
        await using var xsub = new XSubSocket(context, Patient);
        var endpoint = await Join.ToAsync(xsub, xpub, "inproc");
        var leaving = Blocking.RunAsync(() => Subscribe(xsub.Subscribe));
        try
        {
            await log.IsHolding.WithinAsync();
            await xpub.DisconnectAsync(endpoint).WithinAsync();
            xsub.Subscribe("late");
            xsub.Send("late");
        }
        finally
        {
            log.LetGo();
        }

        await leaving.WithinAsync();
        var (begun, ended) = (0, 0);
        while (xpub.TryReceive(out var message))
        {
            Assert.True(XPubSocket.TryReadSubscription(message, out var subscribe, out var topic));
            Assert.Equal(TopicLength, topic.Length);
            if (subscribe) begun++;
            else ended++;
            message.Dispose();
        }

        Assert.InRange(begun, 1000, Topics - 1);
        Assert.Equal(begun, ended);
    }

    private static void Subscribe(SubSocket sub) => Subscribe(sub.Subscribe);

    private static void Subscribe(Action<ReadOnlySpan<byte>> subscribe)
    {
        var topic = new byte[TopicLength];
        for (var i = 0; i < Topics; i++)
        {
            BitConverter.TryWriteBytes(topic, i);
            subscribe(topic);
        }
    }

    /// <summary>Holds the first who tells that a connection has ended.</summary>
    private sealed class HeldLog : SoleLogger, IDisposable
    {
        private readonly TaskCompletionSource _holding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task IsHolding => _holding.Task;

        public void LetGo() => _released.Set();

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("Disconnected", StringComparison.Ordinal) && _holding.TrySetResult()) _released.Wait(TestTimeout.Default);
        }

        void IDisposable.Dispose() => _released.Dispose();
    }
}
