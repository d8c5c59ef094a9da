using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A listener and the two ends of one connection.</summary>
public sealed record ConnectedPair(TransportListener Listener, TransportConnection Client, TransportConnection Server) : IAsyncDisposable
{
    /// <summary>One over tcp.</summary>
    /// <param name="options">Of both ends; null for the defaults.</param>
    public static async Task<ConnectedPair> OverTcpAsync(TransportOptions? options = null)
    {
        options ??= TransportOptions.Default;
        var listener = await TcpTransport.Instance.ListenAsync(ZmtpEndpoint.Parse("tcp://127.0.0.1:*"), options, default);
        var client = await TcpTransport.Instance.ConnectAsync(listener.Endpoint, options, default);
        return new ConnectedPair(listener, client, await listener.AcceptAsync(default));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Abort();
        Server.Abort();
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await Listener.DisposeAsync();
    }
}
