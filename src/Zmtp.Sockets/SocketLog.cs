using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets;

/// <summary>One line for each thing that happens to a socket. Endpoints and reasons only; never a credential.</summary>
internal static partial class SocketLog
{
    [LoggerMessage(1, LogLevel.Debug, "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}")]
    public static partial void Happened(ILogger log, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint);

    [LoggerMessage(2, LogLevel.Warning, "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}: {Reason}")]
    public static partial void Failed(
        ILogger log, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint, string reason);

    [LoggerMessage(3, LogLevel.Debug, "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}: {Reason}")]
    public static partial void Ended(
        ILogger log, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint, string reason);

    [LoggerMessage(4, LogLevel.Error, "A handler of the socket's events failed")]
    public static partial void HandlerFailed(ILogger log, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "{SocketType} {Endpoint}: a defect ended a background task")]
    public static partial void Defect(ILogger log, string socketType, string endpoint, Exception exception);
}
