using System.Net;
using System.Net.Sockets;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>Listens on one tcp address.</summary>
internal sealed class TcpTransportListener : TransportListener
{
    private readonly SocketAccept _accept;
    private readonly TransportOptions _options;

    /// <summary>Takes over a listening socket.</summary>
    public TcpTransportListener(Socket socket, ZmtpEndpoint endpoint, TransportOptions options)
    {
        _accept = new SocketAccept(socket, endpoint, options);
        _options = options;
        Endpoint = endpoint;
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        for (;;)
        {
            var socket = await _accept.AcceptAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                SocketSettings.ApplyTcp(socket, _options);
                var (local, remote) = ((IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!);
                return TcpAddresses.ToConnection(socket, SocketWaits.Of(socket, _options), local, remote);
            }
            catch (SocketException)
            {
                // The peer was gone before it was accepted: to the caller it never came.
                socket.Dispose();
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        _accept.Dispose();
        return default;
    }
}
