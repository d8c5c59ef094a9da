using System.IO.Pipelines;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's that throws when it is told to give up: to accept, to connect, to read.</summary>
public sealed class StubbornTransportTests : IDisposable
{
    private readonly LogRecords _log = new();

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

    private static void Register(CancellationToken stop) => stop.Register(static () => throw new InvalidOperationException("It will not give up."));

    private ZmtpContext NewContext() =>
        Searched.NewContext(new ZmtpContextOptions { Transports = [new Stubborn()], LoggerFactory = _log });

    private sealed class Stubborn : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        {
            Register(cancellationToken);
            return InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
        }
    }

    private sealed class Listener(TransportListener inner) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            Register(cancellationToken);
            return new Connection(await inner.AcceptAsync(cancellationToken));
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Connection(TransportConnection inner) : WrappedConnection(inner)
    {
        public override PipeReader Input { get; } = new Reader(inner.Input);
    }

    private sealed class Reader(PipeReader inner) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            Register(cancellationToken);
            return inner.ReadAsync(cancellationToken);
        }

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }
}
