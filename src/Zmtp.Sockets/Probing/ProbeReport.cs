using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>What an attempt to connect has shown. Immutable.</summary>
public sealed record ProbeReport
{
    /// <summary>How it ended.</summary>
    public required ProbeOutcome Outcome { get; init; }

    /// <summary>What happened and what to check, in sentences.</summary>
    public required string Message { get; init; }

    /// <summary>The steps, in order; the last one is the one that failed, or the handshake.</summary>
    public required IReadOnlyList<ProbeStep> Steps { get; init; }

    /// <summary>The peer's greeting; null when it did not come or is not one.</summary>
    public Greeting? Greeting { get; init; }

    /// <summary>The peer; null unless the handshake succeeded.</summary>
    public ZmtpPeer? Peer { get; init; }

    /// <summary>The type of the peer's socket where it is known, also when ours does not talk to it.</summary>
    public SocketType? PeerSocketType { get; init; }

    /// <summary>The error as a socket would have raised it; null after success or when the text is no endpoint.</summary>
    public ZmtpException? Error { get; init; }
}
