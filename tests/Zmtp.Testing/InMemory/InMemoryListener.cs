using System.Threading.Channels;
using Zmtp.Transports;

namespace Zmtp.Testing;

/// <summary>Listens on one <c>mem://</c> name.</summary>
public sealed class InMemoryListener : TransportListener
{
    private readonly Channel<InMemoryConnection> _arrivals = Channel.CreateUnbounded<InMemoryConnection>();

    internal InMemoryListener(ZmtpEndpoint endpoint)
    {
        Endpoint = endpoint;
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _arrivals.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(InMemoryListener));
        }
    }

    public override async ValueTask DisposeAsync()
    {
        InMemoryTransport.Remove(this);
        if (!_arrivals.Writer.TryComplete()) return;
        while (_arrivals.Reader.TryRead(out var waiting)) await waiting.DisposeAsync();
    }

    internal bool TryArrive(InMemoryConnection connection) => _arrivals.Writer.TryWrite(connection);
}
