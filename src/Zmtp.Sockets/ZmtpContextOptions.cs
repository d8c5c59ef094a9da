using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Zmtp.Transports;

namespace Zmtp.Sockets;

/// <summary>The settings of a context. Immutable.</summary>
public sealed record ZmtpContextOptions
{
    /// <summary>
    /// Where the sockets write what happens to them, as "Zmtp.Sockets": each refused connection once, as a warning that says what to check. An
    /// authenticator that was made without a logger writes here too, as "Zmtp.Zap". Default, and null: nowhere, by
    /// <see cref="NullLoggerFactory"/>. No secret is ever written. Stays the caller's to dispose.
    /// </summary>
    [AllowNull]
    public ILoggerFactory LoggerFactory { get; init => field = value ?? NullLoggerFactory.Instance; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Makes the meter "Zmtp", by which connections, handshakes, sockets and lost messages are counted and timed: a host's, which has it in its
    /// services. Contexts of one factory share one meter. Default, and null: the meter of the process. Costs nothing while nobody listens. Never holds
    /// who a peer is or where. Stays the caller's to dispose, and the meter with it.
    /// </summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>
    /// The clock of handshakes, heartbeats, reconnects, linger and <see cref="ZmtpSocket.WaitForPeerAsync"/>. Blocking sends and receives and
    /// <see cref="TransportOptions.ConnectTimeout"/> go by the system's, whatever stands here. Default the system's.
    /// </summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Byte transports, each for a scheme of its own. Default tcp and ipc. What is given takes their place: name them, too, where they are wanted besides
    /// another. inproc is always there.
    /// </summary>
    public IReadOnlyList<ITransport> Transports { get; init; } = [TcpTransport.Instance, IpcTransport.Instance];
}
