using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's that throws when it is told to give up: to accept, to connect, to read.</summary>
public sealed class StubbornTransportTests : IDisposable
{
    private readonly LogRecords _log = new();
    private readonly Stubborn _transport = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bind_TransportThrowsWhenItIsToldToGiveUp_ConnectionsEndAllTheSame(bool unbinds)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var push = new PushSocket(others, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(endpoint);
        await pull.WaitForPeerAsync(TestTimeout.Default);
        await using var silent = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);
        await silent.Input.ReadAtLeastAsync(64, TestTimeout.Token);

        await (unbinds ? pull.UnbindAsync(endpoint).AsTask() : pull.DisposeAsync().AsTask()).WithinAsync();

        await events.NextAsync(SocketEventKind.Disconnected);
        await _log.NextAsync(3708, number: 2).WithinAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Connect_TransportThrowsWhenItIsToldToGiveUp_IsGivenUpAllTheSame(bool isServed, bool disconnects)
    {
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var pull = new PullSocket(others, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        if (!isServed) await pull.UnbindAsync(endpoint);
        await using var context = NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(endpoint);
        await events.NextAsync(isServed ? SocketEventKind.HandshakeSucceeded : SocketEventKind.ConnectRetried);

        await (disconnects ? push.DisconnectAsync(endpoint).AsTask() : push.DisposeAsync().AsTask()).WithinAsync();

        if (isServed) await events.NextAsync(SocketEventKind.Disconnected);
        await _log.NextAsync(3708).WithinAsync();
    }

    /// <summary>On the clock's thread nobody would catch what it throws: that would be the end of the process.</summary>
    [Fact]
    public async Task Bind_TransportThrowsWhenTheHandshakeIsTooLate_TheHandshakeFailsAllTheSame()
    {
        var time = new FakeTimeProvider();
        await using var context = NewContext(time);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var silent = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);
        await _transport.Waits.WithinAsync();

        time.Advance(Sut.Quick.HandshakeTimeout);

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Contains(endpoint, (await _log.NextAsync(3708).WithinAsync()).Text, StringComparison.Ordinal);
    }

    /// <summary>As above: a refused peer has a second to read why.</summary>
    [Fact]
    public async Task Bind_TransportThrowsWhenARefusedPeerStays_TheHandshakeFailsAllTheSame()
    {
        var time = new FakeTimeProvider();
        await using var context = NewContext(time);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var stranger = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);
        await stranger.Output.WriteAsync(Octets.Join(Octets.Greeting31(), Octets.Ready("REP")), TestTimeout.Token);
        await _transport.WaitsForTheEnd.WithinAsync();

        time.Advance(TimeSpan.FromSeconds(1));

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Contains(endpoint, (await _log.NextAsync(3708).WithinAsync()).Text, StringComparison.Ordinal);
    }

    private static void Register(CancellationToken stop) => stop.Register(static () => throw new InvalidOperationException("It will not give up."));

    private ZmtpContext NewContext(TimeProvider? time = null) => Searched.NewContext(new ZmtpContextOptions
    {
        Transports = [_transport],
        LoggerFactory = _log,
        Time = time ?? TimeProvider.System,
    });

    private sealed class Stubborn : ITransport
    {
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _waitsForTheEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the first octets of a peer are waited for.</summary>
        public Task Waits => _waits.Task;

        /// <summary>Completes when a peer that is sent nothing any more is waited for.</summary>
        public Task WaitsForTheEnd => _waitsForTheEnd.Task;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken), this);

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        {
            Register(cancellationToken);
            return InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
        }

        public void OnWait(bool isForTheEnd) => (isForTheEnd ? _waitsForTheEnd : _waits).TrySetResult();
    }

    private sealed class Listener(TransportListener inner, Stubborn transport) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            Register(cancellationToken);
            return new Connection(await inner.AcceptAsync(cancellationToken), transport);
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Connection(TransportConnection inner, Stubborn transport) : WrappedConnection(inner)
    {
        private readonly Reader _input = new(inner.Input, transport);

        public override PipeReader Input => _input;

        public override void CompleteOutput()
        {
            _input.IsOutputComplete = true;
            base.CompleteOutput();
        }
    }

    private sealed class Reader(PipeReader inner, Stubborn transport) : WrappedReader(inner)
    {
        public bool IsOutputComplete { get; set; }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            Register(cancellationToken);
            var read = base.ReadAsync(cancellationToken);
            if (!read.IsCompleted) transport.OnWait(IsOutputComplete);
            return read;
        }
    }
}
