using System.Collections.Concurrent;
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
        private int _pipesAdded;

        public int PipesAdded => Volatile.Read(ref _pipesAdded);

        internal override bool TakesBatches => false;

        internal override void OnPipeAdded(Pipe pipe)
        {
            if (Interlocked.Increment(ref _pipesAdded) == 1) throw new InsufficientMemoryException();
        }

        internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

        internal override bool TrySendNow(MessageBuffer message) => false;
    }
}
