using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets;

/// <summary>One line for each thing that happens to a socket. Endpoints and reasons only; never a credential.</summary>
internal static partial class SocketLog
{
    [LoggerMessage(EventId = 3701, Level = LogLevel.Debug, Message = "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}")]
    public static partial void Happened(ILogger log, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint);

    [LoggerMessage(EventId = 3702, Message = "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}: {Reason}")]
    public static partial void Refused(
        ILogger log, LogLevel level, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint, string reason);

    [LoggerMessage(EventId = 3703, Message = "{SocketType} {Kind} {Endpoint} {RemoteEndpoint}: {Reason}")]
    public static partial void Ended(
        ILogger log, LogLevel level, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint, string reason);

    [LoggerMessage(EventId = 3704, Message = "{SocketType} {Kind} {Endpoint}: {Reason}")]
    public static partial void NotReached(
        ILogger log, LogLevel level, string socketType, SocketEventKind kind, string endpoint, string reason);

    [LoggerMessage(EventId = 3705, Message = "{SocketType} {Kind} {Endpoint}: it will not be tried again. {Reason}")]
    public static partial void Stopped(
        ILogger log, LogLevel level, string socketType, SocketEventKind kind, string endpoint, string reason);

    [LoggerMessage(EventId = 3706, Level = LogLevel.Warning,
        Message = "{SocketType} {Endpoint}: {Count} different failures within a minute; further ones are logged at Debug until it is over. " +
                  "Check who connects here.")]
    public static partial void TooMany(ILogger log, string socketType, string endpoint, int count);

    [LoggerMessage(EventId = 3707, Level = LogLevel.Error, Message = "A handler of the socket's events failed")]
    public static partial void HandlerFailed(ILogger log, Exception exception);

    [LoggerMessage(EventId = 3708, Level = LogLevel.Error, Message = "{SocketType} {Endpoint}: a defect ended a background task")]
    public static partial void Defect(ILogger log, string socketType, string endpoint, Exception exception);
}
