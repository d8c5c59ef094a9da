using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Memory runs out between a handshake and the service that follows: nothing is left of the connection, and the next one is served.</summary>
public sealed class ScarceMemoryTests
{
    private readonly ConcurrentQueue<Connection> _connections = new();

    [Fact]
    public async Task Bind_MemoryRunsOutWhereThePeerGetsItsPipe_ItsConnectionIsDisposedOfAndTheNextIsServed()
    {
        await using var context = NewContext(listening: true);
        await using var push = new ScarceSocket(context, Sut.Quick);
        var events = new EventLog(push);
        await using var others = NewOthers();
        await using var pull = new PullSocket(others, Sut.Quick);
        pull.Connect(await push.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.AcceptFailed);
        await ExpectServedAsync(push, failed);
    }

    [Fact]
    public async Task Connect_MemoryRunsOutWhereThePeerGetsItsPipe_ItsConnectionIsDisposedOfAndTheNextIsServed()
    {
        await using var context = NewContext(listening: false);
        await using var push = new ScarceSocket(context, Sut.Quick with { Immediate = true });
        var events = new EventLog(push);
        await using var others = NewOthers();
        await using var pull = new PullSocket(others, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.ConnectRetried);
        await ExpectServedAsync(push, failed);
    }

    /// <summary>Whoever has called hears of it, and nothing is left that would be listed, or take messages.</summary>
    [Theory]
    [InlineData("mem://nobody")]
    [InlineData("inproc://nobody")]
    public async Task Connect_MemoryRunsOutWhereTheEndpointGetsItsPipe_TheEndpointIsNotConnected(string endpoint)
    {
        await using var context = NewContext(listening: false);
        await using var push = new ScarceSocket(context, Sut.Quick);

        Assert.Throws<InsufficientMemoryException>(() => push.Connect(endpoint));

        Assert.Empty(push.ConnectedEndpoints);
        Assert.Single(push.PipesRemoved);
        push.Connect(endpoint);
        Assert.Equal([endpoint], push.ConnectedEndpoints);
    }

    [Theory]
    [InlineData("mem")]
    [InlineData("inproc")]
    public async Task Bind_MemoryRunsOutWhereItIsTold_TheEndpointIsFree(string scheme)
    {
        var isScarce = new Scarcity { IsOn = true };
        using var log = new ScarceForListening(isScarce);
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance], LoggerFactory = log });
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = $"{scheme}://{Guid.NewGuid():N}";

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => pull.BindAsync(endpoint).WithinAsync());

        Assert.Empty(pull.BoundEndpoints);
        isScarce.IsOn = false;
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync(endpoint).WithinAsync());
        await pull.WaitForPeerAsync(TestTimeout.Default);
    }

    private async Task ExpectServedAsync(ScarceSocket push, SocketEvent failed)
    {
        await push.WaitForPeerAsync(TestTimeout.Default);
        Assert.IsType<InsufficientMemoryException>(failed.Error!.InnerException);
        Assert.Equal(1, _connections.First().Ends);
        Assert.Equal(0, _connections.Last().Ends);
        Assert.Equal(2, push.PipesAdded);
    }

    private ZmtpContext NewContext(bool listening) => Searched.NewContext(new ZmtpContextOptions
    {
        Transports = [new WrappingTransport(
            inner =>
            {
                var connection = new Connection(inner);
                _connections.Enqueue(connection);
                return connection;
            },
            listening)],
    });

    private static ZmtpContext NewOthers() => Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });

    private sealed class Connection(TransportConnection inner) : WrappedConnection(inner)
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public override ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _ends);
            return base.DisposeAsync();
        }
    }

    /// <summary>A PUSH that has no memory for its first pipe.</summary>
    private sealed class ScarceSocket(ZmtpContext context, SocketOptions options) : SendingSocket(context, SocketType.Push, options)
    {
        private readonly HashSet<Pipe> _pipesRemoved = [];
        private int _pipesAdded;

        public int PipesAdded => Volatile.Read(ref _pipesAdded);

        /// <summary>Of a test with one thread.</summary>
        public IReadOnlyCollection<Pipe> PipesRemoved => _pipesRemoved;

        internal override bool TakesBatches => false;

        internal override void OnPipeAdded(Pipe pipe)
        {
            if (Interlocked.Increment(ref _pipesAdded) == 1) throw new InsufficientMemoryException();
        }

        internal override void OnPipeRemoved(Pipe pipe) => _pipesRemoved.Add(pipe);

        internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

        internal override bool TrySendNow(MessageBuffer message) => false;
    }

    /// <summary>A log that has no memory for where a socket listens.</summary>
    private sealed class ScarceForListening(Scarcity isScarce) : SoleLogger
    {
        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (isScarce.IsOn && formatter(state, exception).Contains("Listening", StringComparison.Ordinal)) throw new InsufficientMemoryException();
        }
    }
}
