using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A listener and the two ends of one connection.</summary>
public sealed record ConnectedPair(TransportListener Listener, TransportConnection Client, TransportConnection Server) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Client.Abort();
        Server.Abort();
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await Listener.DisposeAsync();
    }
}
