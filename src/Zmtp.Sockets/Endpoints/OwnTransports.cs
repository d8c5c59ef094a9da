using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>Which transports are the library's own: they never block, and do not care where they go on. Of the application's nobody knows.</summary>
internal static class OwnTransports
{
    public static bool IsOurs(this ITransport transport) => transport is TcpTransport or IpcTransport;

    public static bool IsOurs(this TransportListener listener) => listener is TcpTransportListener or IpcTransportListener;
}
