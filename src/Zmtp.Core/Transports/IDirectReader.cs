using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>
/// What the engine may ask of the <see cref="System.IO.Pipelines.PipeReader"/> of one of our own transports besides: to wait without a buffer, to be
/// watched and continued by a blocked thread, to read a body to where it stays.
/// </summary>
internal interface IDirectReader
{
    /// <summary>Whether octets have been received that the next <see cref="System.IO.Pipelines.PipeReader.TryRead"/> will hand out.</summary>
    bool HasUnread { get; }

    /// <summary>Whether the last receive took as much as it could, so that more is likely to be there.</summary>
    bool MoreIsLikely { get; }

    /// <summary>
    /// Completes when octets, the end of the input or an error are there, and now and then without a reason: the next read tells. Touches no
    /// buffer: meanwhile a read that does not wait may come from another thread.
    /// </summary>
    /// <exception cref="ZmtpException">The connection is lost or was aborted (network, may be retried); or the next read says so.</exception>
    ValueTask WaitToReadAsync();

    /// <summary>
    /// Has it told on the pool, once, that the peer has ended its output or the connection is lost, while nobody reads. Never, once somebody
    /// waits to read again, or where the system is not asked for that.
    /// </summary>
    void TellWhenPeerLeaves(IThreadPoolWorkItem told);

    /// <summary>
    /// Lets a blocked thread watch for what a pending read or <see cref="WaitToReadAsync"/> waits for; then it must read when there is
    /// something. False: nothing is pending, another thread has it, or it cannot be.
    /// </summary>
    bool TryHold(Lookout lookout);

    /// <summary>
    /// Ends a pending <see cref="System.IO.Pipelines.PipeReader.ReadAsync"/> that the lookout holds, if there is something or not: the
    /// reader goes on here and now. False: nothing is pending, or the lookout has it no more.
    /// </summary>
    bool TryGoOn(Lookout lookout);

    /// <summary>
    /// Reads what is there. Valid only without <see cref="HasUnread"/>. What comes along behind a full destination is unread afterwards.
    /// </summary>
    /// <param name="destination">Not empty.</param>
    /// <param name="count">Octets read, 1 to the length of <paramref name="destination"/>; 0 when the peer has ended its output.</param>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="ZmtpException">The connection is lost or was aborted (network, may be retried).</exception>
    bool TryReadInto(Memory<byte> destination, out int count);

    /// <summary>
    /// What the last <see cref="System.IO.Pipelines.PipeReader.TryRead"/> has handed out, for a caller that may keep its array, of
    /// <see cref="BlockPool"/>, instead of a copy: 64 KiB at most. False: it is too little for that.
    /// </summary>
    bool TryLend(out ArraySegment<byte> octets);

    /// <summary>
    /// As <see cref="System.IO.Pipelines.PipeReader.AdvanceTo(SequencePosition, SequencePosition)"/>, by a caller that keeps the array of
    /// <see cref="TryLend"/>. The array is the caller's in any case, also when this throws.
    /// </summary>
    /// <param name="consumed">How many octets.</param>
    /// <param name="hasExaminedAll">Whether there is nothing to be done with the others before more have come.</param>
    /// <exception cref="OutOfMemoryException">There is no memory for the others, which are lost.</exception>
    void AdvanceAndKeep(int consumed, bool hasExaminedAll);
}
