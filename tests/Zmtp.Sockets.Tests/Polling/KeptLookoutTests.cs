using System.Diagnostics;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>A blocked call keeps its connections for the next one: nobody may stay unheard when that does not come.</summary>
public class KeptLookoutTests
{
    private const string Ping = "04 07 04 50 49 4E 47 00 00";
    private const string Pong = "04 05 04 50 4F 4E 47";

    [Fact]
    public async Task RECEIVE_TheApplicationDoesSomethingElseAfterwards_APingIsAnswered()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await ReceiveBlockedAsync(sut.Socket, raw, count: 10);
        await raw.SendAsync(Ping);
        await raw.ExpectAsync(Pong);
    }

    [Fact]
    public async Task RECEIVE_TheApplicationDoesSomethingElseAfterwards_ThePeersEndIsNoticed()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await ReceiveBlockedAsync(sut.Socket, raw, count: 10);
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RECEIVE_TheNextCallIsOfAnotherKind_ItDoesNotWaitForTheClock(bool awaits)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        var times = new List<TimeSpan>();
        for (var i = 0; i < 21; i++)
        {
            await ReceiveBlockedAsync(sut.Socket, raw, count: 5);
            var next = awaits ? sut.Socket.ReceiveAsync(TestTimeout.Token).AsTask() : Task.Run(() => Poll(sut.Socket));
            var start = Stopwatch.GetTimestamp();
            await raw.SendAsync(Octets.Hello);
            (await next.WithinAsync()).Dispose();
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        // Two ticks of the clock are 20 to 40 ms.
        times.Sort();
        Assert.True(times[times.Count / 2] < TimeSpan.FromMilliseconds(15), $"It took {times[times.Count / 2]} in most cases.");
    }

    // One at a time: then the last one was, most likely, received asleep at the socket.
    private static async Task ReceiveBlockedAsync(PullSocket pull, RawPeer raw, int count)
    {
        using var received = new SemaphoreSlim(0);
        var receiving = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < count; i++)
                {
                    pull.Receive().Dispose();
                    received.Release();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var i = 0; i < count; i++)
        {
            await raw.SendAsync(Octets.Hello);
            await received.WaitAsync().WithinAsync();
        }

        await receiving.WithinAsync();
    }

    private static Message Poll(PullSocket pull)
    {
        var end = Stopwatch.GetTimestamp() + (long)(TestTimeout.Default.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            if (pull.TryReceive(TimeSpan.Zero, out var message)) return message;
            Thread.Yield();
        }

        throw new TimeoutException("Nothing was received.");
    }
}
