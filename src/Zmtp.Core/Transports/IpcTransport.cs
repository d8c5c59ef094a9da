using System.Net.Sockets;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>Stream sockets of one machine (AF_UNIX), <c>ipc://path</c>: the ipc of libzmq, on Unix and on Windows 10 and later. Safe on any thread.</summary>
/// <remarks>
/// A path that a crashed process left behind is bound anew, some 50 ms later: somebody may have bound it a moment ago and be about to listen.
/// A path on which somebody listens is refused; libzmq takes it over and leaves the first listener deaf. What is at the path must be a
/// socket: a file, a directory or a link is refused and not deleted; where the system does not tell what it is (not Linux, or an old C
/// library) an empty file passes for one. Closing the listener removes the path unless something else lies there by then.
/// Who may connect is decided by the rights of the path.
/// </remarks>
public sealed class IpcTransport : ITransport
{
    /// <summary>The transport. It has no state.</summary>
    public static readonly IpcTransport Instance = new();

    private IpcTransport()
    {
    }

    /// <inheritdoc/>
    public string Scheme => "ipc";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The endpoint is not for binding.</exception>
    public async ValueTask<TransportListener> ListenAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        endpoint.ThrowIfCannotBind();
        DirectoryInfo? directory = null;
        Socket? socket = null;
        try
        {
            var real = endpoint;
            if (endpoint.IsWildcardPort)
            {
                // The directory is open to this user only.
                directory = Directory.CreateTempSubdirectory("zmtp-");
                real = ZmtpEndpoint.Parse($"ipc://{Path.Combine(directory.FullName, "ipc")}");
            }
            var address = Address(real);
            if (!real.IsAbstract) await IpcPath.RemoveStaleAsync(real, options.Time, cancellationToken).ConfigureAwait(false);
            socket = SocketSettings.NewIpc();
            address.BindTo(socket);
            socket.Listen(options.Backlog);
            return new IpcTransportListener(socket, real, directory, options);
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            directory?.Delete(recursive: true);
            if (exception is SocketException or FormatException or IOException or UnauthorizedAccessException)
            {
                throw SocketFaults.CannotBind(endpoint, exception);
            }
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The endpoint is not for connecting.</exception>
    public async ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        endpoint.ThrowIfCannotConnect();
        var address = Address(endpoint);
        using var limit = new ConnectTimeLimit(options.ConnectTimeout, cancellationToken);
        Socket? socket = null;
        SocketWaits? waits = null;
        try
        {
            socket = SocketSettings.NewIpc();
            DescriptorReserve.ThrowIfKeptFromConnecting(socket);
            waits = SocketWaits.Of(socket, options);
            SocketSettings.ApplyIpcBufferSizes(socket, options);
            await waits.ConnectAsync(address, limit.Token).ConfigureAwait(false);
            return ToConnection(socket, waits, endpoint);
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            waits?.End();
            if (exception is SocketException) throw SocketFaults.CannotConnect(endpoint, exception);
            if (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw SocketFaults.CannotConnect(endpoint, new SocketException((int)SocketError.TimedOut));
            }
            throw;
        }
    }

    /// <summary>Wraps a connected socket. Neither side of an ipc connection has an address of its own: both bear the path.</summary>
    internal static SocketConnection ToConnection(Socket socket, SocketWaits waits, ZmtpEndpoint endpoint)
    {
        var text = endpoint.ToString();
        return new SocketConnection(socket, waits, text, text, peerAddress: "");
    }

    private static IpcEndPoint Address(ZmtpEndpoint endpoint)
    {
        try
        {
            return new IpcEndPoint(endpoint);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new ZmtpEndpointException(
                endpoint.ToString(), $"{endpoint} cannot be used: the path is too long for this system. Use a shorter directory.",
                FaultOrigin.Caller, mayRetry: false, exception);
        }
        catch (PlatformNotSupportedException exception)
        {
            throw new ZmtpEndpointException(
                endpoint.ToString(), $"{endpoint} cannot be used: this system has no ipc. Use tcp.",
                FaultOrigin.Caller, mayRetry: false, exception);
        }
    }
}
