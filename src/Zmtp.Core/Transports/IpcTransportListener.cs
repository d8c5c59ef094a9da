using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Listens on one ipc path or name.</summary>
internal sealed class IpcTransportListener : TransportListener
{
    private readonly Socket _socket;
    private readonly DirectoryInfo? _directory;
    private readonly TransportOptions _options;
    private int _disposed;

    /// <summary>Takes over a listening socket, and the directory that was made for it, if one was.</summary>
    public IpcTransportListener(Socket socket, ZmtpEndpoint endpoint, DirectoryInfo? directory, TransportOptions options)
    {
        _socket = socket;
        _directory = directory;
        _options = options;
        Endpoint = endpoint;
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        var socket = await SocketAccept.AcceptAsync(_socket, Endpoint, IsDisposed, cancellationToken).ConfigureAwait(false);
        SocketSettings.ApplyIpcBufferSizes(socket, _options);
        return IpcTransport.ToConnection(socket, Endpoint);
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _socket.Dispose();
        try
        {
            if (!Endpoint.IsAbstract) await IpcPath.RemoveOwnAsync(Endpoint).ConfigureAwait(false);
            _directory?.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The directory was moved or closed to us: what stays is a stale path, which the next bind removes.
        }
    }

    private bool IsDisposed() => Volatile.Read(ref _disposed) != 0;
}
