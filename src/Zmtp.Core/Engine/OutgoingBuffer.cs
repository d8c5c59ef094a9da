using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// Encodes frames one behind the other, sealed where the mechanism seals, into chunks that leave in one system call each. One pass
/// from the caller's memory to the wire's; none where a large body needs no sealing and may be taken over.
/// </summary>
/// <remarks>Not thread-safe: the connection's gate guards it. An empty buffer holds no memory.</remarks>
internal sealed class OutgoingBuffer(Mechanism mechanism) : IDisposable
{
    /// <summary>64 KiB: eight times libzmq's batch.</summary>
    private const int ChunkSize = 64 * 1024;

    /// <summary>
    /// What chunks grow to in a stream: 1.2 times the messages of 8 to 32 KB over loopback, 1.0 to 1.1 times smaller ones. Always so large they would cost each
    /// connection with a burst that memory, and PUB to many a tenth (docs/performance-journal.md).
    /// </summary>
    private const int StreamChunkSize = 4 * ChunkSize;

    /// <summary>Chunks in a row from which on a burst is a stream.</summary>
    private const int StreamLength = 16;

    /// <summary>
    /// From here on an unsealed body lies apart from what is encoded: taken over where it may be, else copied to memory of its own length, of
    /// the kind that messages lie in. Below, what a gathering send costs, some two microseconds, is more than the copy; and small frames
    /// leave better many at a time.
    /// </summary>
    public const int ApartLength = 32 * 1024;

    private readonly Queue<OutgoingChunk> _full = new();
    private OutgoingChunk _tail;

    // A connection that says little at a time needs little at a time: a thousand of them at once would else take 64 MiB.
    private bool _beginsSmall = true;
    private int _chunkSize = ChunkSize;
    private int _inRow;

    /// <summary>Octets encoded and not yet taken for sending.</summary>
    public long Length { get; private set; }

    public bool IsEmpty => Length == 0;

    /// <summary>Whether there is as much as leaves in one system call.</summary>
    public bool HasFullChunk => Length >= _chunkSize;

    /// <summary>Encodes one frame of a message.</summary>
    public void WriteFrame(ReadOnlySpan<byte> data, bool more)
    {
        if (LiesApart(data.Length))
        {
            WriteApart(CopyOf(data), more);
            return;
        }

        if (mechanism.IsSealing) WriteSealed(more ? PayloadFlags.More : PayloadFlags.None, data);
        else WritePlain(more ? FrameFlags.More : FrameFlags.None, data);
        if (!more) _tail.Messages++;
    }

    /// <summary>Encodes one frame of a message that is no longer needed: takes its memory over where that saves a copy.</summary>
    public void TakeFrame(ref FrameSlot frame, bool more)
    {
        if (LiesApart(frame.Length) && frame.IsSeparable) WriteApart(frame.Separate(), more);
        else WriteFrame(frame.Span, more);
    }

    /// <summary>Encodes a command (its body: name length, name, data).</summary>
    public void WriteCommand(ReadOnlySpan<byte> body)
    {
        if (mechanism.IsSealing) WriteSealed(PayloadFlags.Command, body);
        else WritePlain(FrameFlags.Command, body);
    }

    /// <summary>Takes the oldest octets to send. The chunk is the taker's, to give back with <see cref="OutgoingChunk.Return"/>.</summary>
    /// <param name="mayGrow">Whether the next ones may be larger while a stream lasts: for a connection that is filled alone, and not sealed.</param>
    /// <param name="chunk">What was taken.</param>
    public bool TryTake(bool mayGrow, out OutgoingChunk chunk)
    {
        if (!_full.TryDequeue(out chunk))
        {
            if (_tail.Length == 0) return false;
            chunk = _tail;
            _tail = default;
            if (chunk.Length < ChunkSize / 2) _inRow = 0;
            _beginsSmall = chunk.Length <= BlockPool.MinimumSize / 2;
        }

        Count(chunk.Length, mayGrow);
        Length -= chunk.TotalLength;
        return true;
    }

    /// <summary>
    /// Drops everything after a failure. Bodies among it may be a message's that is its owner's again: the collector takes them all.
    /// </summary>
    public void Forget()
    {
        _full.Clear();
        _tail = default;
        Length = 0;
    }

    public void Dispose()
    {
        while (TryTake(mayGrow: false, out var chunk)) chunk.Return();
    }

    /// <summary>Counts the chunks of a stream, which ends with one that leaves half empty and has nothing behind it.</summary>
    private void Count(int length, bool mayGrow)
    {
        if (length >= ChunkSize / 2 && _inRow < StreamLength) _inRow++;
        _chunkSize = mayGrow && _inRow == StreamLength ? StreamChunkSize : ChunkSize;
    }

    private bool LiesApart(int length) => !mechanism.IsSealing && length >= ApartLength;

    private void WriteApart(FrameSlot body, bool more)
    {
        var span = Reserve(FrameHeader.GetHeaderLength(body.Length));
        FrameHeader.Write(more ? FrameFlags.More : FrameFlags.None, body.Length, span);
        if (!more) _tail.Messages++;
        _tail.Body = body;
        Length += body.Length;
        _full.Enqueue(_tail);
        _tail = default;

        // Next comes, most likely, the header of another such frame.
        _beginsSmall = true;
    }

    private static FrameSlot CopyOf(ReadOnlySpan<byte> data)
    {
        var copy = new FrameSlot { Array = BlockPool.Rent(data.Length), Length = data.Length, IsRented = true };
        data.CopyInPiecesTo(copy.Span);
        return copy;
    }

    private void WritePlain(FrameFlags flags, ReadOnlySpan<byte> data)
    {
        var span = Reserve(FrameHeader.GetHeaderLength(data.Length) + data.Length);
        var header = FrameHeader.Write(flags, data.Length, span);
        data.CopyTo(span[header..]);
    }

    // The outer frame of MESSAGE goes out without COMMAND: libzmq since 4.3.3 drops the data of one that has it, although RFC 23
    // wants encrypted data carried as commands.
    private void WriteSealed(PayloadFlags flags, ReadOnlySpan<byte> data)
    {
        var body = checked(data.Length + mechanism.SealOverhead);
        var span = Reserve(checked(FrameHeader.GetHeaderLength(body) + body));
        var header = FrameHeader.Write(FrameFlags.None, body, span);
        mechanism.Seal(flags, data, span.Slice(header, body));
    }

    private Span<byte> Reserve(int length)
    {
        if (_tail.Array is null || length > _tail.Array.Length - _tail.Length)
        {
            if (_tail.Length > 0) _beginsSmall = false;

            // First: where there is no memory, what is encoded stays in one place.
            var next = new OutgoingChunk { Array = BlockPool.Rent(Math.Max(_beginsSmall ? BlockPool.MinimumSize : _chunkSize, length)) };
            if (_tail.Length > 0) _full.Enqueue(_tail);
            _tail = next;
        }

        var span = _tail.Array.AsSpan(_tail.Length, length);
        _tail.Length += length;
        Length += length;
        return span;
    }
}
