using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A socket closes where a peer has just been let in: it has messages by then, and is not known to who closes.</summary>
public sealed class CloseWhileLetInTests : IDisposable
{
    private readonly HeldLog _log = new();
    private readonly ConcurrentQueue<string> _partings = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CLOSE_PeerHasJustBeenLetIn_IsSaidGoodbyeTo(bool binds)
    {
        var never = new NeverConnects();
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Transports = [new WrappingTransport(inner => new Connection(inner, _partings), listening: binds), never],
            LoggerFactory = _log,
        });
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var push = new PushSocket(context, new() { Immediate = true });
        await using var pull = new PullSocket(others, Sut.Quick);
        var endpoint = await (binds ? (ZmtpSocket)push : pull).BindAsync("mem://*");

        // Endpoints are closed in this order, so that those before it know by the time that its attempt is given up.
        if (!binds) push.Connect(endpoint);
        push.Connect("never://ends");
        _log.HoldUntil(await never.Attempt.WithinAsync());
        if (binds) pull.Connect(endpoint);
        await _log.IsHeld.WithinAsync();
        await push.SendAsync("last").WithinAsync();

        Assert.Equal(0, await push.CloseAsync(Timeout.InfiniteTimeSpan).WithinAsync());

        Assert.Equal("last", await pull.NextAsync());
        Assert.Equal(nameof(TransportConnection.CompleteOutput), _partings.First());
    }

    /// <summary>Holds up who tells that a peer has been let in, until the token fires.</summary>
    private sealed class HeldLog : SoleLogger
    {
        private readonly TaskCompletionSource _isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly TaskCompletionSource<CancellationToken> _until = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsHeld => _isHeld.Task;

        /// <summary>Before that it holds up who tells for as long as the test does not know the token.</summary>
        public void HoldUntil(CancellationToken token) => _until.SetResult(token);

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).StartsWith("PUSH HandshakeSucceeded", StringComparison.Ordinal)) return;
            _isHeld.TrySetResult();
            if (_until.Task.Wait(TestTimeout.Default)) _until.Task.Result.WaitHandle.WaitOne(TestTimeout.Default);
        }
    }

    private sealed class Connection(TransportConnection inner, ConcurrentQueue<string> partings) : WrappedConnection(inner)
    {
        public override void CompleteOutput()
        {
            partings.Enqueue(nameof(CompleteOutput));
            base.CompleteOutput();
        }

        public override void Abort()
        {
            partings.Enqueue(nameof(Abort));
            base.Abort();
        }
    }
}
