using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Makes sockets and applies <see cref="TransportOptions"/> to them.</summary>
internal static class SocketSettings
{
    /// <summary>A tcp socket.</summary>
    public static Socket NewTcp(AddressFamily family) => new(family, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);

    /// <summary>An ipc socket.</summary>
    public static Socket NewIpc() => new(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Sizes of the kernel's buffers: before connect or listen.</summary>
    public static void ApplyBufferSizes(Socket socket, TransportOptions options)
    {
        if (options.SendBufferSize is { } send) socket.SendBufferSize = send;
        if (options.ReceiveBufferSize is { } receive) socket.ReceiveBufferSize = receive;
    }

    /// <summary>What every tcp connection gets: no delay always, because the engine gathers by itself; keep-alive if wanted.</summary>
    public static void ApplyTcp(Socket socket, TransportOptions options)
    {
        socket.NoDelay = true;
        if (options.KeepAlive is not { } idle) return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(
            SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Math.Clamp((int)Math.Ceiling(idle.TotalSeconds), 1, short.MaxValue));
    }
}
