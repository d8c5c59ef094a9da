using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A transport of the application's: the one of the process's memory, of whose connections a test makes something else.</summary>
/// <param name="wrap">What it makes of a connection.</param>
/// <param name="listening">Of the connections that are accepted; else of those that are made.</param>
internal sealed class WrappingTransport(Func<TransportConnection, TransportConnection> wrap, bool listening) : ITransport
{
    public string Scheme => InMemoryTransport.Instance.Scheme;

    public async ValueTask<TransportListener> ListenAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        var inner = await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken);
        return listening ? new Listener(inner, wrap) : inner;
    }

    public async ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        var inner = await InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
        return listening ? inner : wrap(inner);
    }

    private sealed class Listener(TransportListener inner, Func<TransportConnection, TransportConnection> wrap) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
            wrap(await inner.AcceptAsync(cancellationToken));

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
