using System.IO.Pipelines;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Engine;

/// <summary>
/// The owner leaves while its connection waits for octets. There are transports of the application whose reads end the connection when they are cancelled,
/// a WebSocket's: it is done where a message that has begun is to be given back, and not else.
/// </summary>
public sealed class CancelledReadTests : IAsyncDisposable
{
    private static readonly byte[] Begun = Octets.Join(Hex.Octets("02 00 00 00 00 00 10 00 00"), new byte[10_000]);

    private readonly InMemoryConnection _client;
    private readonly ReaderThatIsCancelled _server;
    private readonly FakeOwner _owner;
    private readonly TaskCompletionSource _hasRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Exception> _defects = [];

    public CancelledReadTests()
    {
        (_client, var server) = InMemoryConnection.CreatePair();
        _server = new ReaderThatIsCancelled(server);
        _owner = new FakeOwner { OnRead = () => _hasRead.TrySetResult() };
    }

    public async ValueTask DisposeAsync() => await _client.DisposeAsync();

    [Fact]
    public async Task Leave_NoMessageHasBegun_NoReadIsCancelledAndThePeerIsReadToItsEnd()
    {
        await using var connection = await ShakeHandsAsync();
        var running = connection.RunAsync(_owner);
        await _client.Output.WriteAsync(Hex.Octets("00 01 41"));
        await _hasRead.Task.WithinAsync();

        connection.Leave(TimeSpan.MaxValue);

        Assert.Null(await running.WithinAsync());
        Assert.Equal((0, false), (_server.Cancelled, connection.Gone.IsCompleted));
        _client.CompleteOutput();
        await connection.Gone.WithinAsync();
    }

    [Fact]
    public async Task Leave_NoMemoryToCancel_TheConnectionIsLeftAllTheSame()
    {
        await using var connection = await ShakeHandsAsync();
        var running = connection.RunAsync(_owner);
        await _client.Output.WriteAsync(Begun);
        await _hasRead.Task.WithinAsync();
        _server.OnCancel = static () => throw new InsufficientMemoryException();

        connection.Leave(TimeSpan.MaxValue);

        Assert.Null(await running.WithinAsync());
        Assert.Equal(1, _server.Cancelled);
        _client.CompleteOutput();
        await connection.Gone.WithinAsync();
    }

    [Fact]
    public async Task Leave_InterruptedWhereAReadIsCancelled_ItIsCancelledAllTheSame()
    {
        await using var connection = await ShakeHandsAsync();
        var running = connection.RunAsync(_owner);
        await _client.Output.WriteAsync(Begun);
        await _hasRead.Task.WithinAsync();
        var held = new object();
        _server.OnCancel = () =>
        {
            lock (held)
            {
            }
        };

        await Interrupted.RunAsync(
            during =>
            {
                lock (held) during();
            },
            () => connection.Leave(TimeSpan.MaxValue));

        Assert.Null(await running.WithinAsync());
        Assert.True(SpinWait.SpinUntil(() => !_owner.IsBegunKept, TestTimeout.Default), "It is kept.");
        Assert.Empty(_defects);
        _client.Abort();
        await connection.Gone.WithinAsync();
    }

    private async Task<ZmtpConnection> ShakeHandsAsync()
    {
        await _client.Output.WriteAsync(Octets.Join(Octets.Greeting31("NULL"), Octets.Ready("PUSH")));
        var options = new ConnectionOptions
        {
            SocketType = SocketType.Pull,
            Security = NullSecurity.Instance,
            LocalMetadata = HandshakeContexts.Metadata(SocketType.Pull),
            OnDefect = _defects.Add,
        };
        var connection = await HandshakeDriver.RunAsync(_server, options, isConnecting: false, null, TestTimeout.Token).WithinAsync();
        connection.Attach(_owner);
        return connection;
    }

    private sealed class ReaderThatIsCancelled(TransportConnection inner) : WrappedConnection(inner)
    {
        private CountingReader? _input;

        public Action OnCancel { get; set; } = static () => { };

        public int Cancelled { get; private set; }

        public override PipeReader Input => _input ??= new CountingReader(this, base.Input);

        private sealed class CountingReader(ReaderThatIsCancelled owner, PipeReader inner) : WrappedReader(inner)
        {
            public override void CancelPendingRead()
            {
                owner.Cancelled++;
                owner.OnCancel();
                base.CancelPendingRead();
            }
        }
    }
}
