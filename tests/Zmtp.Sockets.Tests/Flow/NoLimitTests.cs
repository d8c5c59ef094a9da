using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Limits that are none: 0 where they count, infinite where they are times.</summary>
public class NoLimitTests
{
    private static readonly SocketOptions NoLimit = Sut.Quick with
    {
        SendHighWaterMark = 0, SendHighWaterOctets = 0, ReceiveHighWaterMark = 0, ReceiveHighWaterOctets = 0, MaxMessageSize = 0,
    };

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task MARKS_Zero_AreNone(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, NoLimit);
        await using var push = new PushSocket(context, NoLimit with { Linger = TestTimeout.Default });
        var endpoint = await Join.ToAsync(pull, push, transport);
        var body = new byte[100_000];
        for (var i = 0; i < 20; i++) Assert.True(push.TrySend(body), $"message {i}");
        await push.DisposeAsync().WithinAsync();

        // What that one left behind keeps nobody else from being read.
        await using var other = new PushSocket(context, NoLimit);
        other.Connect(endpoint);
        await other.SendAsync("other", TestTimeout.Token);

        var lengths = new List<long>();
        while (lengths.Count < 21)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            lengths.Add(message.Length);
        }

        Assert.Equal(20, lengths.Count(length => length == body.Length));
    }

    [Fact]
    public async Task MARKS_Zero_AQueueWithoutAPeerTakesAll()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, NoLimit);
        push.Connect("inproc://nobody");
        for (var i = 0; i < 5_000; i++) Assert.True(push.TrySend("x"), $"message {i}");
    }

    [Fact]
    public void HeartbeatInterval_Infinite_IsOffAsZeroIs()
    {
        var options = new SocketOptions { HeartbeatInterval = Timeout.InfiniteTimeSpan };
        SocketOptionsRules.Check(options);

        var heartbeat = SocketOptionsRules.ToConnectionOptions(SocketType.Push, options, TimeProvider.System).Heartbeat;

        Assert.Equal(SocketOptionsRules.ToConnectionOptions(SocketType.Push, SocketOptions.Default, TimeProvider.System).Heartbeat, heartbeat);
        Assert.False(heartbeat.IsOn);
    }

    [Fact]
    public void KeepAlive_Infinite_IsAllowed() =>
        SocketOptionsRules.Check(new SocketOptions { Transport = new() { KeepAlive = Timeout.InfiniteTimeSpan } });
}
