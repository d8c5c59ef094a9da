using System.IO.Pipelines;

namespace Zmtp.Transports;

/// <summary>
/// What the <see cref="PipeWriter"/> of a <see cref="TransportConnection"/> may offer besides: several pieces of memory leave
/// with one system call, none of them copied.
/// </summary>
internal interface IGatherWriter
{
    /// <summary>
    /// How many octets have left after the peer had held them up; grows in the middle of a write too. What the system takes at once is not
    /// counted: it says nothing of the peer. Read on any thread.
    /// </summary>
    long Progress { get; }

    /// <summary>Writes the segments in order; completes when all octets are with the system.</summary>
    /// <param name="segments">
    /// Belong to the writer until the call completes. At most <see cref="SocketPipeWriter.MaximumSegments"/> go with one system
    /// call, so a longer list costs several.
    /// </param>
    /// <param name="cancellationToken">
    /// Gives up. A write that had begun leaves the peer in the middle of a frame, so the connection is aborted.
    /// </param>
    /// <exception cref="ZmtpException">The connection is lost or was aborted (network, may be retried).</exception>
    /// <returns>As of <see cref="PipeWriter.WriteAsync"/>.</returns>
    ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken);
}
