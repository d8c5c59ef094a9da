using Microsoft.Extensions.Logging;

namespace Zmtp.Sockets;

/// <summary>One line for each thing that happens to a socket. Endpoints and reasons only; never a credential.</summary>
internal static partial class SocketLog
{
    [LoggerMessage(EventId = 3701, Level = LogLevel.Debug, Message = "{SocketType} {Kind} {Endpoint} {RemoteEndpoint} {Security}")]
    public static partial void Happened(
        ILogger log, string socketType, SocketEventKind kind, string endpoint, string remoteEndpoint, string security);

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
        Message = "{SocketType} {Endpoint}: {Count} different failures of {Who} within a minute; further ones are logged at Debug until it is over. " +
                  "Check who connects here.")]
    public static partial void TooMany(ILogger log, string socketType, string endpoint, int count, string who);

    [LoggerMessage(EventId = 3707, Level = LogLevel.Error,
        Message = "{SocketType} {Kind} {Endpoint}: a handler of the event threw. Fix the handler.")]
    public static partial void HandlerFailed(ILogger log, string socketType, SocketEventKind kind, string endpoint, Exception exception);

    [LoggerMessage(EventId = 3708, Level = LogLevel.Error,
        Message = "{SocketType} {Endpoint}: an unexpected exception. If a transport of your own threw it, fix that; " +
                  "otherwise please report it.")]
    public static partial void Defect(ILogger log, string socketType, string endpoint, Exception exception);

    [LoggerMessage(EventId = 3709, Level = LogLevel.Warning,
        Message = "{SocketType}: the handlers of its events have fallen behind by more than {Capacity} events, and the oldest are dropped until they " +
                  "have caught up. Let a handler hand its work on.")]
    public static partial void EventsDropped(ILogger log, string socketType, int capacity);

    [LoggerMessage(EventId = 3710, Level = LogLevel.Warning,
        Message = "{SocketType}: the handlers of its events have caught up; events dropped: {Count}.")]
    public static partial void EventsCaughtUp(ILogger log, string socketType, long count);

    [LoggerMessage(EventId = 3711, Level = LogLevel.Debug, Message = "{SocketType} {Kind} {Given} (from here {Endpoint}) {Security}")]
    public static partial void ListeningAs(
        ILogger log, string socketType, SocketEventKind kind, string given, string endpoint, string security);

    [LoggerMessage(EventId = 3712, Level = LogLevel.Error,
        Message = "An authenticator threw when it was told to give up: something that it has registered with its CancellationToken. " +
                  "Fix it.")]
    public static partial void GiveUpFailed(ILogger log, Exception exception);

    [LoggerMessage(EventId = 3713, Level = LogLevel.Warning,
        Message = "{SocketType}: messages that had not left when it was closed, and were dropped: {Count}. Check that a peer is there and reads, or raise " +
                  "Linger.")]
    public static partial void Dropped(ILogger log, string socketType, long count);

    [LoggerMessage(EventId = 3714, Level = LogLevel.Warning,
        Message = "{SocketType} {Endpoint}: everybody may come in under {Mechanism}, and the context's authenticator is not asked. Under NULL set " +
                  "ZapDomain, or Security to CurveSecurity.Server or PlainSecurity.Server; under CURVE leave CurveClients.AllowAny away from the socket. " +
                  "Give a socket that is to be open to everybody a context without an authenticator.")]
    public static partial void AsksNobody(ILogger log, string socketType, string endpoint, string mechanism);

    [LoggerMessage(EventId = 3715, Level = LogLevel.Warning,
        Message = "{SocketType}: the managed heap takes more than three quarters of what it may have, so peers are read only as their messages are " +
                  "received. Receive faster, lower the receive high-water marks, or let the process have more memory.")]
    public static partial void MemoryShort(ILogger log, string socketType);

    [LoggerMessage(EventId = 3716,
        Message = "{SocketType} {Endpoint} {RemoteEndpoint}: a message was dropped that has no empty frame with a {What} behind it; further ones of this " +
                  "connection are dropped and not told of. A ROUTER sends routing id, empty frame, reply; a DEALER empty frame, request.")]
    public static partial void Undelimited(
        ILogger log, LogLevel level, string socketType, string endpoint, string remoteEndpoint, string what);
}
