using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Listens on one tcp address.</summary>
internal sealed class TcpTransportListener : TransportListener
{
    private readonly Socket _socket;
    private readonly TransportOptions _options;
    private int _disposed;

    /// <summary>Takes over a listening socket.</summary>
    public TcpTransportListener(Socket socket, ZmtpEndpoint endpoint, TransportOptions options)
    {
        _socket = socket;
        _options = options;
        Endpoint = endpoint;
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        for (;;)
        {
            var socket = await SocketAccept.AcceptAsync(_socket, Endpoint, IsDisposed, cancellationToken).ConfigureAwait(false);
            try
            {
                SocketSettings.ApplyTcp(socket, _options);
                return TcpAddresses.ToConnection(socket, (IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!);
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
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _socket.Dispose();
        return default;
    }

    private bool IsDisposed() => Volatile.Read(ref _disposed) != 0;
}
