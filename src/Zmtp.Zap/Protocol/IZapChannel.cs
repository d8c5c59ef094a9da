namespace Zmtp.Zap;

/// <summary>
/// The way from a server to its ZAP handler, usually a socket connected to <c>inproc://zeromq.zap.01</c>. Implementations must be safe
/// for concurrent calls and match replies to requests themselves where the socket does not.
/// </summary>
public interface IZapChannel
{
    /// <summary>Sends one request and waits for its reply.</summary>
    /// <param name="request">
    /// The frames after the delimiter; the delimiter is the channel's business. Frame 1 is the request id. The memory is valid
    /// until the returned task completes.
    /// </param>
    /// <param name="cancellationToken">Gives up. A reply that comes later is dropped by the channel.</param>
    /// <returns>The frames after the delimiter of the reply.</returns>
    /// <exception cref="ZmtpException">No handler is there, or it left. The peer is refused.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RequestAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> request, CancellationToken cancellationToken);
}
