using System.IO.Pipelines;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>MaxPendingHandshakes: a handshake is under way until its place is given back, also when the last command has left.</summary>
public sealed class LateCrowdTests
{
    [Fact]
    public async Task HANDSHAKES_OneMoreThanAllowedWhenTheOldestHasJustItsREADY_TheOldestIsRefusedAndNeverThere()
    {
        var newest = new TaskCompletionSource<Stranger>(TaskCreationOptions.RunContinuationsAsynchronously);
        var endpoint = "";
        var accepted = 0;
        var transport = new WrappingTransport(
            inner => ++accepted == 1 ? new Overtaken(inner, async () => newest.SetResult(await Stranger.ConnectAsync(endpoint))) : inner,
            listening: true);
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [transport] });
        await using var pull = new PullSocket(context, Sut.Quick with { MaxPendingHandshakes = 1 });
        var events = new EventLog(pull);
        endpoint = await pull.BindAsync("mem://*");
        await using var oldest = await Stranger.ConnectAsync(endpoint);

        await oldest.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));

        var outcome = await events.NextAsync(SocketEventKind.HandshakeFailed, SocketEventKind.HandshakeSucceeded);
        Assert.Contains("MaxPendingHandshakes", outcome.Error?.Message ?? "It has succeeded.", StringComparison.Ordinal);
        await oldest.ExpectCloseAsync().WithinAsync();
        await using var good = await newest.Task.WithinAsync();
        await good.SendAsync(Octets.Greeting31(), Octets.Ready("PUSH"));
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.Equal(1, pull.PeerCount);
    }

    /// <summary>Somebody comes while its second write, of READY, is under way.</summary>
    private sealed class Overtaken(TransportConnection inner, Func<Task> comes) : WrappedConnection(inner)
    {
        public override PipeWriter Output { get; } = new Writer(inner.Output, comes);

        private sealed class Writer(PipeWriter inner, Func<Task> comes) : PipeWriter
        {
            private int _writes;

            public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
            {
                var result = await inner.WriteAsync(source, cancellationToken);
                if (++_writes == 2) await comes();
                return result;
            }

            public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

            public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

            public override void Advance(int bytes) => inner.Advance(bytes);

            public override void CancelPendingFlush() => inner.CancelPendingFlush();

            public override void Complete(Exception? exception = null) => inner.Complete(exception);
        }
    }
}
