using System.IO.Pipelines;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's with a defect: once it throws what it should not.</summary>
public class TransportDefectTests
{
    [Fact]
    public async Task Bind_ListenerThrowsWhatItShouldNot_TheNextPeerIsAccepted()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(listening: true)], LoggerFactory = log });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        push.Connect(await pull.BindAsync("mem://*"));

        await push.SendAsync("hello"u8.ToArray());
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
        ExpectTold(log, "PULL");
    }

    [Fact]
    public async Task Connect_TransportThrowsWhatItShouldNot_TheNextAttemptIsMade()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(listening: false)], LoggerFactory = log });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));

        await push.SendAsync("hello"u8.ToArray());
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
        ExpectTold(log, "PUSH");
    }

    [Fact]
    public async Task Bind_MemoryRunsOutInAHandshake_TheSocketClosesAllTheSame()
    {
        var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new RunsOut()] });
        var pull = new PullSocket(context, Sut.Quick);
        var endpoint = ZmtpEndpoint.Parse(await pull.BindAsync("mem://*"));
        var peer = await InMemoryTransport.Instance.ConnectAsync(endpoint, TransportOptions.Default, TestTimeout.Token);
        await using (peer) await UntilGoneAsync(peer);

        await pull.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();
    }

    /// <summary>It goes on, so the line must not say that something has ended.</summary>
    private static void ExpectTold(LogRecords log, string socketType)
    {
        var line = Assert.Single(log.All, line => line.Id.Id == 3708);
        Assert.StartsWith($"{socketType} mem://", line.Text, StringComparison.Ordinal);
        Assert.Contains("If a transport of your own threw it, mend that; else please report it.", line.Text, StringComparison.Ordinal);
    }

    private static async Task UntilGoneAsync(TransportConnection peer)
    {
        try
        {
            ReadResult read;
            do
            {
                read = await peer.Input.ReadAsync(TestTimeout.Token);
                peer.Input.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (ZmtpException)
        {
            // Reset, which is as good as closed.
        }
    }

    private sealed class FailsOnce(bool listening) : ITransport
    {
        private int _attempts;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken), hasFailed: !listening);

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            !listening && Interlocked.Increment(ref _attempts) == 1
                ? throw new InvalidOperationException("A defect of the transport.")
                : InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
    }

    private sealed class Listener(TransportListener inner, bool hasFailed) : TransportListener
    {
        private bool _hasFailed = hasFailed;

        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            if (_hasFailed) return inner.AcceptAsync(cancellationToken);
            _hasFailed = true;
            throw new InvalidOperationException("A defect of the transport.");
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class RunsOut : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new RunsOutListener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
    }

    private sealed class RunsOutListener(TransportListener inner) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
            new RunsOutConnection(await inner.AcceptAsync(cancellationToken));

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class RunsOutConnection(TransportConnection inner) : WrappedConnection(inner)
    {
        public override PipeReader Input => throw new InsufficientMemoryException();
    }
}
