using Microsoft.Extensions.Logging;
using Zmtp.Sockets.Endpoints;
using Zmtp.Text;

namespace Zmtp.Sockets.Reporting;

/// <summary>
/// The log of a socket: one line for each failure, at the level it deserves. A refused connection is a warning; the same reason with the
/// same peer at the same endpoint goes to Debug for a minute, and what was left out is counted; the loss of a connection that the network is to blame for is
/// for Debug only, unless heartbeats had to find it out.
/// </summary>
internal sealed class SocketReport(ILogger log, string socketType, TimeProvider time)
{
    private readonly Repetitions _repetitions = new(time);

    /// <summary>Writes what has happened.</summary>
    /// <param name="kind">What.</param>
    /// <param name="endpoint">The endpoint as it was bound or connected.</param>
    /// <param name="remoteEndpoint">Where the peer is, or nothing.</param>
    /// <param name="error">Why; null where nothing went wrong.</param>
    /// <param name="peer">The peer, where one is there.</param>
    public void Write(SocketEventKind kind, string endpoint, string remoteEndpoint, ZmtpException? error, ZmtpPeer? peer = null)
    {
        var who = WhoIs(endpoint, remoteEndpoint);
        if (error is null && kind == SocketEventKind.ConnectStopped)
        {
            SocketLog.Stopped(log, LogLevel.Information, socketType, kind, endpoint, "The connection has ended, and ReconnectInterval is infinite.");
            return;
        }

        if (error is null)
        {
            var security = kind == SocketEventKind.HandshakeSucceeded && peer is not null && log.IsEnabled(LogLevel.Debug) ? SecurityOf(peer) : "";
            SocketLog.Happened(log, socketType, kind, endpoint, remoteEndpoint, security);
            return;
        }

        var level = LevelOf(kind, error);

        // It may hold what a peer chose, as an application's authenticator says it.
        var reason = OneLine.Of(error.Message);
        if (level > LogLevel.Debug && !ReferenceEquals(error.LoggedBy, this))
        {
            var what = remoteEndpoint.Length == 0 ? reason : reason.Replace(remoteEndpoint, who, StringComparison.Ordinal);
            if (!IsNews(endpoint, who, what, out var leftOut)) level = LogLevel.Debug;
            if (leftOut > 0) reason = $"{reason} (Repetitions in the meantime: {leftOut}.)";
        }

        error.LoggedBy = this;
        Write(kind, level, endpoint, remoteEndpoint, reason);
    }

    /// <summary>
    /// A connection that this end made was of use: the next failure there is news. A handshake that succeeds does not show that yet,
    /// because a pattern turns a peer away only after it; and a peer that comes to us sets the pace itself, and may break a rule each time.
    /// </summary>
    public void Forget(string endpoint) => _repetitions.Forget(endpoint);

    /// <summary>
    /// Writes where it listens. By the loopback address alone, under which this machine reaches what takes all addresses, people would take the port for
    /// a local one.
    /// </summary>
    /// <param name="endpoint">Where, as it is reached from this machine.</param>
    /// <param name="given">As it was given.</param>
    /// <param name="options">What peers have to do; null where there is no handshake.</param>
    public void WriteListening(string endpoint, string given, SocketOptions? options)
    {
        var security = options is null ? "" : SecurityOf(options);
        if (given == endpoint) SocketLog.Happened(log, socketType, SocketEventKind.Listening, endpoint, "", security);
        else SocketLog.ListeningAs(log, socketType, SocketEventKind.Listening, given, endpoint, security);
    }

    /// <summary>Writes that everybody may come in where it listens, although there is an authenticator that could be asked.</summary>
    public void WriteAsksNobody(string endpoint, string mechanism) => SocketLog.AsksNobody(log, socketType, endpoint, mechanism);

    /// <summary>Writes that peers are held back because memory is short; once a minute.</summary>
    public void WriteMemoryShort()
    {
        if (_repetitions.Note("", "", isOne: false, nameof(SocketLog.MemoryShort), out _) == News.Fresh) SocketLog.MemoryShort(log, socketType);
    }

    /// <summary>Writes that a peer leaves the empty delimiter away; where it has come again and again within a minute, at Debug.</summary>
    /// <param name="endpoint">The endpoint as it was bound or connected.</param>
    /// <param name="remoteEndpoint">Where the peer is.</param>
    /// <param name="what">What is behind the delimiter: the request or the reply.</param>
    public void WriteUndelimited(string endpoint, string remoteEndpoint, string what)
    {
        var isNews = IsNews(endpoint, WhoIs(endpoint, remoteEndpoint), nameof(SocketLog.Undelimited), out _);
        SocketLog.Undelimited(log, isNews ? LogLevel.Warning : LogLevel.Debug, socketType, endpoint, remoteEndpoint, what);
    }

    /// <summary>Writes how many messages the linger was too short for.</summary>
    public void WriteDropped(long count) => SocketLog.Dropped(log, socketType, count);

    /// <summary>Whether it was not said within a minute, and there is no more to be said than anybody reads; that is said, too.</summary>
    private bool IsNews(string endpoint, string who, string what, out int leftOut)
    {
        var news = _repetitions.Note(endpoint, who, isOne: who != endpoint, what, out leftOut);
        if (news == News.TooMuch) SocketLog.TooMany(log, socketType, endpoint, Repetitions.Capacity, "all peers");
        if (news == News.TooMuchOfOne) SocketLog.TooMany(log, socketType, endpoint, Repetitions.Share, who);
        return news == News.Fresh;
    }

    private void Write(SocketEventKind kind, LogLevel level, string endpoint, string remoteEndpoint, string reason)
    {
        switch (kind)
        {
            case SocketEventKind.Disconnected:
                SocketLog.Ended(log, level, socketType, kind, endpoint, remoteEndpoint, reason);
                break;
            case SocketEventKind.ConnectStopped:
                SocketLog.Stopped(log, level, socketType, kind, endpoint, reason);
                break;
            case SocketEventKind.ConnectRetried or SocketEventKind.AcceptFailed:
                SocketLog.NotReached(log, level, socketType, kind, endpoint, reason);
                break;
            default:
                SocketLog.Refused(log, level, socketType, kind, endpoint, remoteEndpoint, reason);
                break;
        }
    }

    /// <summary>What a person has to fix is a warning. That the network or the other end is away may be quite all right.</summary>
    private LogLevel LevelOf(SocketEventKind kind, ZmtpException error) => kind switch
    {
        // The line before says the reason; this one only, that it is over.
        SocketEventKind.ConnectStopped when ReferenceEquals(error.LoggedBy, this) => LogLevel.Information,
        SocketEventKind.ConnectRetried when error.Origin == FaultOrigin.Network => LogLevel.Information,
        SocketEventKind.Disconnected when Replaced.Is(error) => LogLevel.Information,

        // Silence is no way to leave: the machine is gone, or the time for heartbeats is too short.
        SocketEventKind.Disconnected when error.Origin == FaultOrigin.Network && error is not ZmtpProtocolException => LogLevel.Debug,
        _ => LogLevel.Warning,
    };

    private static string SecurityOf(SocketOptions options) =>
        $"{options.Security.MechanismName}, {(options.ZapDomain.Length == 0 ? "no domain" : $"domain \"{OneLine.Of(options.ZapDomain)}\"")}";

    private static string SecurityOf(ZmtpPeer peer) =>
        peer.UserId.Length == 0 ? peer.Mechanism : $"{peer.Mechanism}, user id {OneLine.Of(peer.UserId)}";

    private static string WhoIs(string endpoint, string remoteEndpoint) => remoteEndpoint.Length == 0 ? endpoint : WithoutPort(remoteEndpoint);

    /// <summary>A peer comes back from another port each time.</summary>
    private static string WithoutPort(string endpoint)
    {
        var colon = endpoint.LastIndexOf(':');
        return endpoint.StartsWith("tcp:", StringComparison.Ordinal) && colon > "tcp:".Length ? endpoint[..colon] : endpoint;
    }
}
