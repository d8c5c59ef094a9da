using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Zmtp;

/// <summary>
/// The pooled memory behind a <see cref="Message"/>: small frames lie one after another in an array that stays with the buffer
/// through the pool, so a small message costs one pool operation; those that find no room there, in blocks that are rented for several of
/// them; a large frame has an array rented for it alone. All of it is at most some four times what the frames cost, and the buffer itself.
/// </summary>
/// <remarks>
/// Exactly one owner at a time: the engine while it fills it, a queue, then the application. <see cref="Version"/> changes whenever
/// ownership ends, so a handle that outlived it is recognised. Not thread-safe.
/// </remarks>
internal sealed class MessageBuffer
{
    /// <summary>What a buffer starts with: most messages of the field are smaller.</summary>
    private const int InitialCapacity = 256;

    /// <summary>
    /// What a frame counts for besides its octets where limits are counted, so that endless empty frames end too: its place, a <see cref="FrameSlot"/>.
    /// </summary>
    public const int FrameCost = 32;

    /// <summary>
    /// What a message counts for besides its frames where it waits with memory of its own, to be sent or, as REP's do, to be received: the buffer,
    /// which is there however little the frames hold.
    /// </summary>
    public const int WholeCost = 128;

    /// <summary>Frames whose places a buffer keeps through the pool, besides the first.</summary>
    private const int RetainedFrames = 64;

    /// <summary>Places of the first array for frames besides the first.</summary>
    private const int InitialFrames = 3;

    /// <summary>What that array grows to, 48 KiB; more frames lie in chunks, of which then one is less than the array.</summary>
    private const int MaximumFrames = InitialFrames * 512;

    /// <summary>The largest array a buffer keeps through the pool: it bounds what idle pooled buffers cost.</summary>
    private const int RetainedCapacity = 4096;

    /// <summary>
    /// The largest frame that shares a block with others: a peer may send endless ones of an octet, and what such a frame counts for is no block.
    /// A larger one is at least a quarter of the smallest array that can be rented for it, and so is what a block holds when the next is begun.
    /// </summary>
    private const int SharingLength = RetainedCapacity / 4;

    /// <summary>
    /// From here on a frame that waits in several queues lies in memory once. Measured with two subscribers over inproc: below, to count
    /// the queues that share it takes longer than the copies, 0.41 µs against 0.31 at 5,000 octets; at 16 KiB it is 0.54 against 0.60, at
    /// 64 KiB 1.7 against 4.2.
    /// </summary>
    public const int SharedLength = 16 * 1024;

    private byte[] _own = new byte[InitialCapacity];
    private int _ownUsed;

    // Rented for frames that find no room in our own array; the last one is being filled.
    private byte[][] _blocks = [];
    private int _blockCount;
    private int _blockUsed;
    private FrameSlot _first;
    private FrameSlot[]? _rest;
    private FrameSlotChunks? _beyond;

    /// <summary>Counts the owners this buffer has had.</summary>
    public int Version { get; private set; }

    public int FrameCount { get; private set; }

    /// <summary>Octets of all frames.</summary>
    public long Length { get; private set; }

    /// <summary>What it takes of a queue's octets where it lies with others: those of its frames, and for each of them <see cref="FrameCost"/>.</summary>
    public long Cost => Length + ((long)FrameCost * FrameCount);

    /// <summary>What it takes of a queue's octets where it waits with memory of its own.</summary>
    public long CostAsWhole => Cost + WholeCost;

    /// <summary>Where it came from; null on a message of our own.</summary>
    public InboundSource? Source { get; set; }

    /// <summary>What the pattern that took it in notes on it; 0 where it notes nothing.</summary>
    public long Tag { get; set; }

    public static MessageBuffer Rent() => MessagePool.Rent();

    /// <summary>A frame's place, by reference, so that hot paths copy nothing.</summary>
    public ref FrameSlot Slot(int index)
    {
        if ((uint)index >= (uint)FrameCount) ThrowNoSuchFrame(index);
        if (index == 0) return ref _first;
        var rest = _rest!;
        var at = index - 1;
        if ((uint)at < (uint)rest.Length) return ref rest[at];
        return ref _beyond!.At(at - MaximumFrames);
    }

    /// <summary>Adds a frame of a given length, to be filled by the caller. The content is undefined until then.</summary>
    public Span<byte> AppendFrame(int length)
    {
        ref var slot = ref NextSlot();
        if (length <= _own.Length - _ownUsed)
        {
            slot.Array = _own;
            slot.Offset = _ownUsed;
            _ownUsed += length;
        }
        else
        {
            PlaceOutside(ref slot, length);
        }

        slot.Length = length;
        FrameCount++;
        Length += length;
        return slot.Span;
    }

    public void AppendFrame(ReadOnlySpan<byte> data) => data.CopyInPiecesTo(AppendFrame(data.Length));

    /// <summary>Adds a frame that stays where it is, in the memory of a batch, which the message keeps alive.</summary>
    public void AppendSlice(InboundBatch batch, byte[] array, int offset, int length)
    {
        ref var slot = ref NextSlot();
        batch.Retain();
        slot.Array = array;
        slot.Offset = offset;
        slot.Length = length;
        slot.Batch = batch;
        FrameCount++;
        Length += length;
    }

    /// <summary>Narrows the last frame: the octets before <paramref name="offset"/> and behind the new length are given up.</summary>
    public void TrimLastFrame(int offset, int length)
    {
        ref var slot = ref Slot(FrameCount - 1);
        Length -= slot.Length - length;
        slot.Offset += offset;
        slot.Length = length;
    }

    /// <summary>Makes the last frame longer and keeps its octets: a large frame's memory grows with what has arrived.</summary>
    public void GrowLastFrame(int length)
    {
        ref var slot = ref Slot(FrameCount - 1);
        var larger = BlockPool.Rent(length);
        slot.Span.CopyTo(larger);
        slot.Release();
        Length += length - slot.Length;
        slot.Array = larger;
        slot.Offset = 0;
        slot.Length = length;
        slot.IsRented = true;
        slot.Batch = null;
    }

    /// <summary>Takes the last frame back.</summary>
    public void RemoveLastFrame()
    {
        ref var slot = ref Slot(FrameCount - 1);
        slot.Release();
        var end = slot.Offset + slot.Length;
        if (slot.Array == _own && end == _ownUsed) _ownUsed = slot.Offset;
        else if (_blockCount > 0 && slot.Array == _blocks[_blockCount - 1] && end == _blockUsed) _blockUsed = slot.Offset;
        Length -= slot.Length;
        slot = default;
        FrameCount--;
    }

    /// <summary>Takes frames off the front. Memory they share with the others comes free with the buffer.</summary>
    public void RemoveFirstFrames(int count)
    {
        for (var i = 0; i < count; i++)
        {
            ref var slot = ref Slot(i);
            slot.Release();
            Length -= slot.Length;
        }

        var kept = FrameCount - count;
        for (var i = 0; i < kept; i++) Slot(i) = Slot(i + count);
        for (var i = kept; i < FrameCount; i++) Slot(i) = default;
        FrameCount = kept;
    }

    /// <summary>Copies frames of another buffer behind ours. The other one keeps its own; it may be this one.</summary>
    public void AppendFrames(MessageBuffer other, int firstFrame = 0)
    {
        var end = other.FrameCount;
        for (var i = firstFrame; i < end; i++) AppendFrame(other.Slot(i).Span);
    }

    /// <summary>
    /// Moves frames of another buffer behind ours, and copies those that lie with others. It can read all of them until ours are given back,
    /// but no longer gives them back itself.
    /// </summary>
    public void TakeFrames(MessageBuffer other)
    {
        for (var i = 0; i < other.FrameCount; i++)
        {
            ref var slot = ref other.Slot(i);
            if (slot.IsSeparable)
            {
                NextSlot() = slot.Separate();
                FrameCount++;
                Length += slot.Length;
            }
            else
            {
                AppendFrame(slot.Span);
            }
        }
    }

    /// <summary>Puts an empty frame in front of the others, which stay where they are.</summary>
    public void PrependEmptyFrame()
    {
        AppendFrame(0);
        var empty = Slot(FrameCount - 1);
        for (var i = FrameCount - 1; i > 0; i--) Slot(i) = Slot(i - 1);
        Slot(0) = empty;
    }

    /// <summary>Lets <see cref="AppendShared"/> of other buffers share the large frames. From now on nobody may write to them.</summary>
    public void Share()
    {
        for (var i = 0; i < FrameCount; i++)
        {
            ref var slot = ref Slot(i);
            if (!slot.IsRented || slot.Length < SharedLength) continue;
            slot.Batch = InboundBatch.Around(slot.Array);
            slot.IsRented = false;
        }
    }

    /// <summary>Adds the frames of another buffer: copies of small ones, and of large ones their memory, if that is one that can be shared.</summary>
    public void AppendShared(MessageBuffer other, int firstFrame = 0)
    {
        for (var i = firstFrame; i < other.FrameCount; i++)
        {
            ref var slot = ref other.Slot(i);
            if (slot.Batch is { } batch && slot.Length >= SharedLength) AppendSlice(batch, slot.Array, slot.Offset, slot.Length);
            else AppendFrame(slot.Span);
        }
    }

    /// <summary>Overwrites what all frames hold, before they are given back.</summary>
    public void Erase()
    {
        for (var i = 0; i < FrameCount; i++) CryptographicOperations.ZeroMemory(Slot(i).Span);
    }

    /// <summary>Ends ownership and gives everything back.</summary>
    public void Return()
    {
        for (var i = 0; i < FrameCount; i++)
        {
            ref var slot = ref Slot(i);
            slot.Release();
            slot = default;
        }

        if (_blockCount > 0) ReturnBlocks();
        if (_rest is { Length: > RetainedFrames }) _rest = null;
        if (_beyond is not null) ReturnChunks();
        FrameCount = 0;
        Length = 0;
        _ownUsed = 0;
        Source = null;
        Tag = 0;
        Disown();
        MessagePool.Return(this);
    }

    /// <summary>Ends the present owner's rights without giving the buffer back: it changes hands.</summary>
    public void Disown() => Version = unchecked(Version + 1);

    private ref FrameSlot NextSlot()
    {
        if (FrameCount == 0) return ref _first;
        var at = FrameCount - 1;
        if (at >= MaximumFrames) return ref (_beyond ??= new FrameSlotChunks()).Next(at - MaximumFrames);
        _rest ??= new FrameSlot[InitialFrames];
        if (at == _rest.Length) Array.Resize(ref _rest, _rest.Length * 2);
        return ref _rest[at];
    }

    private void ReturnChunks()
    {
        _beyond!.Return();
        _beyond = null;
    }

    private void PlaceOutside(ref FrameSlot slot, int length)
    {
        slot.Offset = 0;
        if (length <= RetainedCapacity - _ownUsed)
        {
            // Room for the frames before this one too: they keep the old array until they go, and the buffer's next message has all in one.
            _own = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)(_ownUsed + length))];
            _ownUsed = length;
            slot.Array = _own;
            return;
        }

        if (length <= SharingLength)
        {
            PlaceInBlock(ref slot, length);
            return;
        }

        slot.Array = BlockPool.Rent(length);
        slot.IsRented = true;
    }

    private void PlaceInBlock(ref FrameSlot slot, int length)
    {
        if (_blockCount == 0 || length > _blocks[_blockCount - 1].Length - _blockUsed)
        {
            if (_blockCount == _blocks.Length) Array.Resize(ref _blocks, Math.Max(4, _blockCount * 2));
            _blocks[_blockCount] = BlockPool.Rent(RetainedCapacity);
            _blockCount++;
            _blockUsed = 0;
        }

        slot.Array = _blocks[_blockCount - 1];
        slot.Offset = _blockUsed;
        _blockUsed += length;
    }

    private void ReturnBlocks()
    {
        while (_blockCount > 0) BlockPool.Return(_blocks[--_blockCount]);
        _blockUsed = 0;
        if (_blocks.Length > RetainedFrames) _blocks = [];
        else Array.Clear(_blocks);
    }

    private void ThrowNoSuchFrame(int index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"The message has {FrameCount} {(FrameCount == 1 ? "frame" : "frames")}.");
}
