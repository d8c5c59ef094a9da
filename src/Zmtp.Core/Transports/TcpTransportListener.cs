using System.Net;
using System.Net.Sockets;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>Listens on one tcp address.</summary>
internal sealed class TcpTransportListener : TransportListener
{
    private readonly SocketAccept _accept;
    private readonly Func<Socket, SocketWaits, TransportConnection> _toConnection;

    /// <summary>Takes over a listening socket.</summary>
    public TcpTransportListener(Socket socket, ZmtpEndpoint endpoint, TransportOptions options)
    {
        _accept = new SocketAccept(socket, endpoint, options);
        var isLoopback = LoopbackPacing.Concerns(((IPEndPoint)socket.LocalEndPoint!).Address);
        _toConnection = (accepted, waits) =>
        {
            SocketSettings.ApplyTcp(accepted, options);
            var (local, remote) = ((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!);

            // A listener on loopback has passed its congestion control on; one on all addresses could not know of this peer.
            if (!isLoopback && LoopbackPacing.Concerns(local.Address, remote.Address)) LoopbackPacing.TurnOff(accepted, options);
            return TcpAddresses.ToConnection(accepted, waits, local, remote);
        };
        Endpoint = endpoint;
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
        _accept.AcceptAsync(_toConnection, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _accept.Dispose();
        return default;
    }
}
