namespace Zmtp.Transports;

/// <summary>Settings of the operating system's sockets. Immutable.</summary>
public sealed record TransportOptions
{
    /// <summary>The defaults.</summary>
    public static TransportOptions Default { get; } = new();

    /// <summary>Connections that may wait to be accepted, at least 1. Default 511; the system may cap it.</summary>
    public int Backlog { get; init; } = 511;

    /// <summary>
    /// Octets of the kernel's send buffer; null for the system's own under tcp, which grows with the traffic, and 1 MiB under ipc, whose
    /// does not. At least 1. Default null.
    /// </summary>
    public int? SendBufferSize { get; init; }

    /// <summary>Octets of the kernel's receive buffer; at least 1; null leaves it to the system. Default null.</summary>
    public int? ReceiveBufferSize { get; init; }

    /// <summary>
    /// TCP keep-alive: idle time before the first probe, longer than zero, in whole seconds, rounded up; more than 32,767 s counts as that. Null, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>, leaves keep-alive off. Default null.
    /// </summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>
    /// How long one attempt to connect may take: longer than zero and at most 24 days; null, or <see cref="Timeout.InfiniteTimeSpan"/>, leaves it to
    /// the system. Default 10 s. Includes the name look-up and all addresses of the name. With more than 32 each gets only so much of it
    /// that all have their turn; silent ones follow each other at 10 ms at the closest (RFC 8305), so up to a thousand fit into the
    /// default.
    /// </summary>
    public TimeSpan? ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether what follows a wait may run on the thread that heard of the event: the engine's code, which does not block. Else it runs on the
    /// pool. Default false.
    /// </summary>
    internal bool ContinuesOnPoller { get; init; }

    /// <summary>Whether the runtime does the waiting, as on systems without a poller: for tests. Default false.</summary>
    internal bool UsesRuntimeEvents { get; init; }

    /// <summary>What the name of a congestion control begins with that paces: tests name the one that the system has. Default <see cref="LoopbackPacing.Pacing"/>.</summary>
    internal byte[] PacingKind { get; init; } = LoopbackPacing.Pacing;

    /// <summary>
    /// What the pauses go by that a transport makes, where a path has to be asked about twice and before the next address of a name: for tests. Not the
    /// context's clock: they are for other processes and the network, which do not go by that. Default the system's.
    /// </summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;
}
