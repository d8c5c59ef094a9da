using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Sending that blocks up to a time of its own, whatever the socket's is.</summary>
public class TimedSendTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(60);

    // A call that went by it would never come back.
    private static readonly SocketOptions Patient = Sut.Quick with { SendTimeout = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task TrySend_NobodyTakesItInTime_IsFalseAndTheMessageIsStillTheCallers()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Patient);
        using var message = Message.Of("mine", "still");
        foreach (var send in new Func<TimeSpan, bool>[]
                 { time => push.TrySend(time, "x"u8), time => push.TrySend(time, "x"), time => push.TrySend(time, message) })
        {
            var watch = Stopwatch.StartNew();
            Assert.False(send(Short));
            Assert.True(watch.ElapsedMilliseconds >= 50, $"{watch.ElapsedMilliseconds} ms");
            Assert.False(send(TimeSpan.Zero));
            Assert.False(send(TimeSpan.MinValue));
        }

        Assert.Equal("still", message.AsString(1));
        Assert.Equal(0, push.UnsentCount);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(20_000)]
    public async Task TrySend_SomebodyComesMeanwhile_IsSent(int milliseconds)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, Patient);
        var time = TimeSpan.FromMilliseconds(milliseconds);
        var sent = Message.Of("several", "frames");
        var sends = new[]
        {
            Blocking.RunToItsWait(() => Assert.True(push.TrySend(time, "octets"u8))),
            Blocking.RunToItsWait(() => Assert.True(push.TrySend(time, "text"))),
            Blocking.RunToItsWait(() => Assert.True(push.TrySend(time, sent))),
        };

        await Join.ToAsync(pull, push, "inproc");

        await Task.WhenAll(sends).WithinAsync();
        var received = new List<string>();
        for (var i = 0; i < sends.Length; i++) received.Add(await pull.NextAsync());
        Assert.Equal(["octets", "several,frames", "text"], received.Order(StringComparer.Ordinal));
        Assert.Throws<ObjectDisposedException>(() => sent.AsString());
    }

    [Fact]
    public async Task TrySend_WithATime_HasTheErrorsOfASend()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        using var empty = Message.Create();
        Assert.Throws<InvalidOperationException>(() => rep.TrySend(Short, "x"));
        Assert.Throws<ArgumentException>(() => push.TrySend(Short, empty));
        var waiting = Blocking.RunAsync(() => push.TrySend(Timeout.InfiniteTimeSpan, "x"));

        await push.DisposeAsync().WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WithinAsync());
        Assert.Throws<ObjectDisposedException>(() => push.TrySend(Short, "x"u8));
        Assert.Throws<ObjectDisposedException>(() => push.TrySend(Short, "x"));
    }
}
