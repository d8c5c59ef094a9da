using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Reconnecting;

/// <summary>A close without a word is temporary: the socket stays usable and connects again.</summary>
public sealed class ReconnectTests
{
    [Theory]
    [InlineData("before")]
    [InlineData("in the greeting")]
    [InlineData("after the greeting")]
    [InlineData("after the command")]
    [InlineData("after")]
    [Spec("ZMTP30-32", "ZMTP30-33")]
    public async Task CLOSE_AtAnyTimeOfTheHandshake_IsFollowedByAReconnect(string when)
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        var listener = sut.Listens();
        using var stop = new CancellationTokenSource();
        var receiving = sut.Socket.ReceiveAsync(stop.Token).AsTask();
        for (var i = 0; i < 3; i++) await EndAsync(await listener.AcceptAsync(), when, reset: i == 1);

        var raw = await sut.AcceptAsync(listener, "DEALER");

        // Nobody was disturbed: the receive that waited all the time gets its message, and sending works.
        Assert.False(receiving.IsCompleted);
        await raw.SendAsync(Octets.Hello);
        using (var message = await receiving.WithinAsync()) Assert.Equal("hello", message.AsString());
        await sut.Socket.SendAsync("hello").AsTask().WithinAsync();
        await raw.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("ZMTP30-32", "ZMTP30-101")]
    public async Task SILENCE_OfTheListener_EndsAtTheHandshakeTimerAndIsFollowedByAReconnect()
    {
        await using var sut = Sut.Create(context =>
            new PushSocket(context, Sut.Quick with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) }));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());

        Assert.Equal(64, (await raw.ReadToCloseAsync()).Length);

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await sut.AcceptAsync(listener, "PULL");
        await sut.Socket.WaitForPeerAsync(TestTimeout.Default);
    }

    [Fact]
    [Spec("ZMTP30-34")]
    public async Task RECONNECT_ToAClosingListener_GapsAreNeverShorterThanTheIntervalAndGrowToTheCap()
    {
        const double Interval = 40;
        const double Cap = 160;
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with
        {
            ReconnectInterval = TimeSpan.FromMilliseconds(Interval),
            ReconnectIntervalMax = TimeSpan.FromMilliseconds(Cap),
        }));
        var listener = sut.Listens();
        List<double> gaps = [];
        long last = 0;
        for (var attempt = 0; attempt < 8; attempt++)
        {
            await using var raw = await listener.AcceptAsync();
            var now = Stopwatch.GetTimestamp();
            if (attempt > 0) gaps.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
            last = now;
        }

        // The timer may run ahead of the stopwatch by some milliseconds.
        double[] atLeast = [Interval, 2 * Interval, Cap, Cap, Cap, Cap, Cap];
        for (var i = 0; i < gaps.Count; i++) Assert.True(gaps[i] >= atLeast[i] - 10, $"Gap {i}: {gaps[i]} ms");
        // Without a cap the last three would be 640, 1280 and 2560 ms at least.
        Assert.True(gaps.TakeLast(3).Min() < 600, $"Gaps: {string.Join(", ", gaps)}");
    }

    private static async Task EndAsync(RawPeer raw, string when, bool reset)
    {
        if (when == "in the greeting") await raw.SendAsync(Octets.Greeting31()[..20]);
        if (when == "after the greeting") await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        if (when == "after the command")
        {
            await raw.ExchangeGreetingsAsync(Octets.Greeting31());
            await raw.ReadCommandAsync("READY");
        }

        if (when == "after") await raw.Handshake31Async("DEALER");
        if (reset) raw.Reset();
        else await raw.DisposeAsync();
    }
}
