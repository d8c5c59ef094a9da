using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's with a defect in its listener.</summary>
public class AcceptDefectTests
{
    [Fact]
    public async Task Bind_ListenerThrowsWhatItShouldNot_TheNextPeerIsAccepted()
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [new FailsOnce()] });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        push.Connect(await pull.BindAsync("mem://*"));

        await push.SendAsync("hello"u8.ToArray());
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
    }

    private sealed class FailsOnce : ITransport
    {
        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken));

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
    }

    private sealed class Listener(TransportListener inner) : TransportListener
    {
        private bool _hasFailed;

        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            if (_hasFailed) return inner.AcceptAsync(cancellationToken);
            _hasFailed = true;
            throw new InvalidOperationException("A defect of the transport.");
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
