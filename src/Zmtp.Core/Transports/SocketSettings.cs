using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Makes sockets and applies <see cref="TransportOptions"/> to them.</summary>
internal static class SocketSettings
{
    /// <summary>
    /// The send buffer of an ipc socket where none is asked for. The system's, 208 KiB, does not grow with the traffic as tcp's does, and a
    /// sender that has met a full one is told of room only when three quarters are free. Twice as much is on its way at most. Beside 512
    /// KiB: 1.1 times the messages of 100 B, 1 KiB and 8 KiB per second, other sizes alike; 2 MiB is no better. The kernel takes memory
    /// only for what waits in it, and caps it at net.core.wmem_max.
    /// </summary>
    private const int IpcSendBufferSize = 1024 * 1024;

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
