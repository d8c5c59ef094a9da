using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Zmtp.Transports;

namespace Zmtp.Sockets;

/// <summary>The settings of a context. Immutable.</summary>
public sealed record ZmtpContextOptions
{
    /// <summary>
    /// Where the sockets write what happens to them: each refused connection once, as a warning that says what to check. Default:
    /// nowhere. No secret is ever written.
    /// </summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of timeouts, heartbeats and reconnects. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Byte transports by scheme. Default tcp and ipc; inproc is always there.</summary>
    public IReadOnlyList<ITransport> Transports { get; init; } = [TcpTransport.Instance, IpcTransport.Instance];
}
