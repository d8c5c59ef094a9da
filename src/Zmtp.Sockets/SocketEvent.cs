using Zmtp.Text;

namespace Zmtp.Sockets;

/// <summary>One thing that happened to a socket's endpoints and connections. Immutable.</summary>
public sealed class SocketEvent
{
    internal SocketEvent(SocketEventKind kind, string endpoint, string? remoteEndpoint = null, ZmtpException? error = null, ZmtpPeer? peer = null)
    {
        Kind = kind;
        Endpoint = endpoint;
        RemoteEndpoint = remoteEndpoint ?? "";
        Error = error;
        Peer = peer;
    }

    /// <summary>What happened.</summary>
    public SocketEventKind Kind { get; }

    /// <summary>
    /// The endpoint it happened to: what <see cref="ZmtpSocket.BindAsync"/> returned, or was given to <see cref="ZmtpSocket.Connect"/>. A socket that
    /// listens on all addresses of the machine, as at <c>tcp://*:5555</c>, so has the loopback address here, <c>tcp://127.0.0.1:5555</c>.
    /// </summary>
    public string Endpoint { get; }

    /// <summary>The peer's end of the connection; empty where there is none.</summary>
    public string RemoteEndpoint { get; }

    /// <summary>Why; null where nothing went wrong.</summary>
    public ZmtpException? Error { get; }

    /// <summary>The peer; null before its handshake has succeeded.</summary>
    public ZmtpPeer? Peer { get; }

    /// <summary>One line for a log: what in a reason would break it or steer a terminal, in a user name for example, is written as <c>\uHHHH</c>.</summary>
    public override string ToString() =>
        $"{Kind} {Endpoint}{(RemoteEndpoint.Length == 0 ? "" : $" ({RemoteEndpoint})")}{(Error is null ? "" : $": {OneLine.Of(Error.Message)}")}";
}
