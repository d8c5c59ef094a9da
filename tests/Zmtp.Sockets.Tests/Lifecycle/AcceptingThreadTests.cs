using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>The thread that accepts is there for whoever comes next: nobody is told on it what became of the last.</summary>
public sealed class AcceptingThreadTests
{
    [Fact]
    public async Task Bind_ThePeerIsRefusedBeforeTheThreadThatAcceptsLooks_ItIsNotToldOnThatThread()
    {
        var overtaking = new Overtaking();
        var hasSent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var log = new ThreadLog(overtaking);
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new Overtaken(overtaking, hasSent.Task)], LoggerFactory = log });
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var stranger = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);
        await stranger.Output.WriteAsync(new byte[64], TestTimeout.Token);
        stranger.CompleteOutput();

        hasSent.SetResult();

        Assert.False(await log.WasToldMeanwhile.WithinAsync());
        Assert.True(await overtaking.HasOvertaken.WithinAsync());
    }

    /// <summary>The clock stands still: one whom a failure of the thread that accepts had pause would not be served.</summary>
    [Fact]
    public async Task Bind_AnAddressThatCannotBeRead_FailsThatHandshakeAlone()
    {
        var accepted = 0;
        var transport = new WrappingTransport(inner => accepted++ == 0 ? new Nameless(inner) : inner, listening: true);
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [transport], Time = new FakeTimeProvider() });
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var nameless = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.IsType<NotSupportedException>(failed.Error!.InnerException);
        await using var push = new PushSocket(context, Sut.Quick);
        await push.ConnectAsync(endpoint);
        await push.SendAsync("served", TestTimeout.Token);
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("served", message.AsString());
    }

    private sealed class ThreadLog(Overtaking overtaking) : SoleLogger
    {
        private readonly TaskCompletionSource<bool> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> WasToldMeanwhile => _told.Task;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(nameof(SocketEventKind.HandshakeFailed), StringComparison.Ordinal))
            {
                _told.TrySetResult(overtaking.IsCurrent);
            }
        }
    }

    private sealed class Nameless(TransportConnection inner) : WrappedConnection(inner)
    {
        public override string PeerAddress => throw new NotSupportedException("The peer is gone, and its address with it.");
    }

    /// <summary>The thread that accepts is held up on its way back from the handshake that it begins.</summary>
    private sealed class Overtaken(Overtaking overtaking, Task hasSent) : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken), overtaking, hasSent);

        public ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class Listener(TransportListener inner, Overtaking overtaking, Task hasSent) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            overtaking.End();
            var accepted = await inner.AcceptAsync(cancellationToken);
            await hasSent.WaitAsync(cancellationToken);
            return new Connection(accepted, overtaking);
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Connection(TransportConnection inner, Overtaking overtaking) : WrappedConnection(inner)
    {
        private bool _isKnown;

        /// <summary>What a handshake asks for first; before it, whoever finds a place for it among the others.</summary>
        public override string PeerAddress
        {
            get
            {
                if (_isKnown) overtaking.Begin();
                _isKnown = true;
                return base.PeerAddress;
            }
        }
    }
}
