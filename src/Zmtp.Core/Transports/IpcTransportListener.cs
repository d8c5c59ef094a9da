using System.Net.Sockets;
using Zmtp.Interop;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>Listens on one ipc path or name.</summary>
internal sealed class IpcTransportListener : TransportListener
{
    private readonly SocketAccept _accept;
    private readonly DirectoryInfo? _directory;
    private readonly Func<Socket, SocketWaits, TransportConnection> _toConnection;
    private readonly string _path;
    private readonly PathEntry? _own;
    private int _disposed;

    /// <summary>Takes over a listening socket, and the directory that was made for it, if one was.</summary>
    public IpcTransportListener(Socket socket, ZmtpEndpoint endpoint, DirectoryInfo? directory, TransportOptions options)
    {
        // The working directory may be another one when it is closed. Nothing is shortened: "link/.." is not nothing.
        _path = endpoint.IsAbstract ? "" : Path.IsPathRooted(endpoint.Path) ? endpoint.Path : Path.Combine(Environment.CurrentDirectory, endpoint.Path);
        if (!endpoint.IsAbstract) _own = PathEntry.At(_path);
        _directory = directory;
        _toConnection = (accepted, waits) =>
        {
            SocketSettings.ApplyIpcBufferSizes(accepted, options);
            return IpcTransport.ToConnection(accepted, waits, endpoint);
        };
        Endpoint = endpoint;

        // Last: nobody would end its waits.
        _accept = new SocketAccept(socket, endpoint, options);
    }

    public override ZmtpEndpoint Endpoint { get; }

    public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken) =>
        _accept.AcceptAsync(_toConnection, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        try
        {
            if (_own is { } own) IpcPath.RemoveOwn(_path, own);
            _accept.Dispose();
            if (_own is null && !Endpoint.IsAbstract) await IpcPath.RemoveDeafAsync(_path).ConfigureAwait(false);
            _directory?.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The directory was moved or closed to us: what stays is a stale path, which the next bind removes.
        }
        finally
        {
            _accept.Dispose();
        }
    }
}
