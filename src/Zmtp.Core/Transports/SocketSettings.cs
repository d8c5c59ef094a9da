using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Makes sockets and applies <see cref="TransportOptions"/> to them.</summary>
internal static class SocketSettings
{
    /// <summary>
    /// The send buffer of an ipc socket where none is asked for. The system's, 208 KiB, does not grow with the traffic as tcp's does.
    /// Beside it 1 MiB was measured as 1.2 times the messages of 1 KiB to 64 KiB per second, and twice those of 1 MiB. This is 1.23 times those of 8 KiB
    /// and 1.07 times those of 64 KiB with 1 MiB, of which twice as much may be on its way, too much for a core's cache; 1 KiB and 1 MiB are alike.
    /// The kernel takes memory only for what waits in it, and caps it at net.core.wmem_max.
    /// </summary>
    private const int IpcSendBufferSize = 512 * 1024;

    /// <summary>A tcp socket that does not block.</summary>
    public static Socket NewTcp(AddressFamily family) =>
        new(family, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp) { Blocking = false };

    /// <summary>An ipc socket that does not block.</summary>
    public static Socket NewIpc() =>
        new(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };

    /// <summary>Sizes of the kernel's buffers: before connect or listen.</summary>
    public static void ApplyBufferSizes(Socket socket, TransportOptions options)
    {
        if (options.SendBufferSize is { } send) socket.SendBufferSize = send;
        if (options.ReceiveBufferSize is { } receive) socket.ReceiveBufferSize = receive;
    }

    /// <summary>The same for a connected or accepted ipc socket: it inherits nothing from the one that listened.</summary>
    public static void ApplyIpcBufferSizes(Socket socket, TransportOptions options)
    {
        socket.SendBufferSize = options.SendBufferSize ?? IpcSendBufferSize;
        if (options.ReceiveBufferSize is { } receive) socket.ReceiveBufferSize = receive;
    }

    /// <summary>What every tcp connection gets: no delay always, because the engine gathers by itself; keep-alive if wanted.</summary>
    public static void ApplyTcp(Socket socket, TransportOptions options)
    {
        socket.NoDelay = true;
        if (options.KeepAlive is not { } idle || idle == Timeout.InfiniteTimeSpan) return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Math.Clamp(Math.Ceiling(idle.TotalSeconds), 1, short.MaxValue));
    }
}
