using System.IO.Pipelines;

namespace Zmtp.Transports;

/// <summary>
/// Bytes to and from one peer. The engine reads <see cref="Input"/> and writes <see cref="Output"/>, each from one thread at a time.
/// </summary>
/// <remarks>
/// The engine batches by itself, so it hands finished buffers to <see cref="PipeWriter.WriteAsync"/>: an implementation that
/// sends from that memory instead of copying it saves a copy.
/// Reads and writes on tcp and ipc fail with <see cref="ZmtpException"/> when the connection is lost (origin network) or was
/// aborted (origin local), both may be retried; a transport of the application may raise <see cref="IOException"/> instead.
/// </remarks>
public abstract class TransportConnection : IDuplexPipe, IAsyncDisposable
{
    /// <summary>
    /// What the peer sends. A wait for it is cancelled (<see cref="PipeReader.CancelPendingRead"/>) only where this side has left in the middle of a
    /// message; what follows is still read, until the peer has ended.
    /// </summary>
    public abstract PipeReader Input { get; }

    /// <inheritdoc/>
    public abstract PipeWriter Output { get; }

    /// <summary>The local endpoint, for example <c>tcp://127.0.0.1:5555</c>.</summary>
    public abstract string LocalEndpoint { get; }

    /// <summary>The peer's endpoint, for example <c>tcp://127.0.0.1:40001</c>.</summary>
    public abstract string RemoteEndpoint { get; }

    /// <summary>The peer's IP address as text without a port, as ZAP wants it; empty for ipc.</summary>
    public abstract string PeerAddress { get; }

    /// <summary>
    /// Says that no more bytes will follow (half-close), so that what was sent last, an ERROR command, arrives instead of being
    /// lost to a reset. Never throws; may be called more than once.
    /// </summary>
    public abstract void CompleteOutput();

    /// <summary>
    /// Ends the connection at once; pending reads and writes fail. Never throws, and must not block: the caller may be the thread that
    /// accepts, at another socket perhaps, and many peers wait for it. May be called from any thread, more than once.
    /// </summary>
    public abstract void Abort();

    /// <summary>Closes the connection and gives back its buffers. Called once, after reads and writes have ended.</summary>
    public abstract ValueTask DisposeAsync();
}
