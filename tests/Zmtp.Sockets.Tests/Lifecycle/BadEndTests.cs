using System.Collections.Concurrent;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's all of whose connections and listeners throw when they are disposed, after they have ended.</summary>
public class BadEndTests
{
    private readonly EndsBadly _transport = new(Defect);

    [Fact]
    public async Task Connect_HandshakeFailsAndTheConnectionEndsBadly_IsTriedAgain()
    {
        await using var context = NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        await using var listener = await InMemoryTransport.Instance.ListenAsync(
            ZmtpEndpoint.Parse("mem://*"), TransportOptions.Default, TestTimeout.Token);
        push.Connect(listener.Endpoint.ToString());
        for (var i = 0; i < 3; i++) await (await listener.AcceptAsync(TestTimeout.Token)).DisposeAsync();
    }

    [Fact]
    public async Task Connect_ConnectionEndsBadly_AnotherIsMade()
    {
        var context = NewContext();
        var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        var endpoint = "mem://*";
        for (var i = 0; i < 3; i++)
        {
            var pull = new PullSocket(context, Sut.Quick);
            endpoint = await pull.BindAsync(endpoint);
            if (i == 0) push.Connect(endpoint);
            await push.WaitForPeerAsync(TestTimeout.Default);
            await push.SendAsync($"{i}", TestTimeout.Token);
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}");
            Assert.Equal(1, push.PeerCount);
            await pull.DisposeAsync().WithinAsync();
            await events.NextAsync(SocketEventKind.Disconnected);
            Assert.Equal(0, push.PeerCount);
        }

        await push.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();
        Assert.NotEmpty(_transport.Connections);
        Assert.All(_transport.Connections, static connection => Assert.Equal(1, connection.Ends));
    }

    [Fact]
    public async Task Bind_ConnectionEndsBadly_ThePlaceOfThePeerIsFree()
    {
        await using var context = NewContext();
        await using var bound = new PairSocket(context, Sut.Quick);
        var events = new EventLog(bound);
        var endpoint = await bound.BindAsync("mem://*");
        for (var i = 0; i < 3; i++)
        {
            await using (var peer = new PairSocket(context, Sut.Quick))
            {
                peer.Connect(endpoint);
                await peer.SendAsync($"{i}", TestTimeout.Token);
                await Pairing.ExpectAsync(bound.ReceiveAsync(TestTimeout.Token), $"{i}");
            }

            // Who comes before that is refused, and what it has sent is lost with its connection.
            await events.NextAsync(SocketEventKind.Disconnected);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bind_ListenerEndsBadly_ConnectionsEndAllTheSame(bool unbinds)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var push = new PushSocket(others, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(endpoint);
        await pull.WaitForPeerAsync(TestTimeout.Default);

        await (unbinds ? pull.UnbindAsync(endpoint).AsTask() : pull.DisposeAsync().AsTask()).WithinAsync();

        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Empty(pull.BoundEndpoints);
    }

    /// <summary>Who closes hears of it; the second listener ends all the same, and the handshake that was under way at the first.</summary>
    [Fact]
    public async Task Dispose_NoMemoryWhereTheFirstListenerEnds_TheRestIsEndedAndWhoClosesHearsOfIt()
    {
        var ends = 0;
        var context = NewContext(new EndsBadly(() => Interlocked.Increment(ref ends) == 1 ? new InsufficientMemoryException() : null));
        var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var first = await pull.BindAsync("mem://*");
        var second = await pull.BindAsync("mem://*");
        await using var silent = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(first), TransportOptions.Default, TestTimeout.Token);
        await events.NextAsync(SocketEventKind.Accepted);

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => pull.DisposeAsync().WithinAsync());

        Assert.Equal(3, ends);
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var other = new PullSocket(others, Sut.Quick);
        await other.BindAsync(first);
        await other.BindAsync(second);
    }

    private ZmtpContext NewContext() => NewContext(_transport);

    private static ZmtpContext NewContext(ITransport transport) => Searched.NewContext(new ZmtpContextOptions { Transports = [transport] });

    private static InvalidOperationException Defect() => new("A defect of the transport.");

    /// <param name="what">Is thrown; null: nothing.</param>
    private sealed class EndsBadly(Func<Exception?> what) : ITransport
    {
        private readonly ConcurrentQueue<Connection> _connections = new();

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public IReadOnlyCollection<Connection> Connections => _connections;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(this, await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken), what);

        public async ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            Wrap(await InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken));

        public Connection Wrap(TransportConnection inner)
        {
            var connection = new Connection(inner, what);
            _connections.Enqueue(connection);
            return connection;
        }
    }

    private sealed class Listener(EndsBadly transport, TransportListener inner, Func<Exception?> what) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
            transport.Wrap(await inner.AcceptAsync(cancellationToken));

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            if (what() is { } defect) throw defect;
        }
    }

    private sealed class Connection(TransportConnection inner, Func<Exception?> what) : WrappedConnection(inner)
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public override async ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _ends);
            await base.DisposeAsync();
            if (what() is { } defect) throw defect;
        }
    }
}
