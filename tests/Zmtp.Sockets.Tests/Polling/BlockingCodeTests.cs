using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>Code of the application that blocks the threads it comes to run on, one after the other, stops nobody else's traffic.</summary>
[Collection(AloneCollection.Name)]
public class BlockingCodeTests
{
    /// <summary>More than the poller has threads at first.</summary>
    private static readonly int MoreThanThreads = Math.Max(2, Environment.ProcessorCount) + 1;

    [Fact]
    public async Task LOGGER_BlocksForEveryRefusedPeer_OthersGoOn()
    {
        using var mayGoOn = new ManualResetEventSlim();
        using var log = new BlockingLog(mayGoOn, MoreThanThreads);
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var refusing = new PullSocket(context, Sut.Quick);
        var endpoint = await refusing.BindAsync("tcp://127.0.0.1:*");
        await using var others = Searched.NewContext();
        await using var pull = new PullSocket(others, Sut.Quick);
        await using var push = new PushSocket(others, Sut.Quick);
        await Join.ToAsync(pull, push);
        var strangers = new List<RawPeer>();
        try
        {
            for (var i = 0; i < MoreThanThreads; i++)
            {
                var stranger = await RawPeer.ConnectAsync(endpoint);
                strangers.Add(stranger);
                await stranger.SendAsync(new byte[64]);
            }

            await log.AllBlocked.WithinAsync();
            for (var i = 0; i < 10; i++)
            {
                await push.SendAsync("x", TestTimeout.Token);
                await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "x");
            }
        }
        finally
        {
            mayGoOn.Set();
            foreach (var stranger in strangers) await stranger.DisposeAsync();
        }
    }

    [Fact]
    public async Task RECEIVERS_AllBlockWhereTheyGoOn_OthersGoOn()
    {
        using var mayGoOn = new ManualResetEventSlim();
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var blocked = new List<Task>();
        for (var i = 0; i < 3 * MoreThanThreads; i++)
        {
            var blocking = new PullSocket(context, Sut.Quick);
            var waker = new PushSocket(context, Sut.Quick);
            await Join.ToAsync(blocking, waker);
            blocked.Add(BlockAsync(blocking, mayGoOn));
            await waker.SendAsync("x", TestTimeout.Token);
        }

        try
        {
            for (var i = 0; i < 10; i++)
            {
                await push.SendAsync("x", TestTimeout.Token);
                await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "x");
            }
        }
        finally
        {
            mayGoOn.Set();
        }

        await Task.WhenAll(blocked).WithinAsync();
    }

    private static async Task BlockAsync(PullSocket socket, ManualResetEventSlim mayGoOn)
    {
        (await socket.ReceiveAsync(TestTimeout.Token).ConfigureAwait(false)).Dispose();
        mayGoOn.Wait(TestTimeout.Default * 3);
    }

    private sealed class BlockingLog(ManualResetEventSlim mayGoOn, int blocked) : SoleLogger
    {
        private readonly TaskCompletionSource _allBlocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = blocked;

        public Task AllBlocked => _allBlocked.Task;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).Contains("HandshakeFailed", StringComparison.Ordinal)) return;
            if (Interlocked.Decrement(ref _left) == 0) _allBlocked.TrySetResult();
            mayGoOn.Wait(TestTimeout.Default * 3);
        }
    }
}
