using System.Buffers;

namespace Zmtp.Transports;

/// <summary>
/// The octets received and not yet consumed, always in one piece. The array comes from the shared pool when it is needed,
/// follows the traffic in size, and goes back when it is empty and the connection waits, or is left to the messages that lie in it.
/// </summary>
/// <remarks>Not safe for two threads at once: it belongs to its reader.</remarks>
internal sealed class ReceiveBuffer
{
    /// <summary>Octets of the first array: one page, so that a peer that sends little costs little.</summary>
    public const int MinimumSize = 4 * 1024;

    /// <summary>
    /// Octets up to which the array grows with the traffic. Measured on loopback: 64 KiB per system call moves more octets per
    /// second than 8 KiB (3x) and than 256 KiB (1.5x, which leaves the cache). A frame that does not fit still makes it grow.
    /// </summary>
    public const int MaximumSize = 64 * 1024;

    // A handshake's password comes in a command of half a kilobyte at most. Octets of messages are not worth the time.
    private const int LongestSecret = 1024;

    // So many reads in a row that use less than a quarter of the array make the next one half as large.
    private const int SmallReadsBeforeShrinking = 64;

    private byte[]? _array;
    private int _start;
    private int _end;
    private int _size = MinimumSize;
    private int _smallReads;

    /// <summary>Octets not yet consumed.</summary>
    public int Length => _end - _start;

    /// <summary>Whether an array is held at this moment.</summary>
    public bool IsRented => _array is not null;

    /// <summary>The octets not yet consumed, a single segment; valid until they are changed.</summary>
    public ReadOnlySequence<byte> Unconsumed =>
        _array is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_array, _start, Length);

    /// <summary>Room to receive into, at least one octet: leftovers are moved to the start, a full array is replaced by a larger one.</summary>
    public Span<byte> Free()
    {
        var length = Length;
        if (length == 0)
        {
            _start = _end = 0;
            if (_array is not null && (_array.Length < _size || _array.Length > 2 * _size)) GiveBack();
            _array ??= BlockPool.Rent(_size);
        }
        else if (length > _array!.Length / 2 || _array.Length < _size)
        {
            Replace(Math.Max(_size, length > _array.Length / 2 ? 2 * _array.Length : _array.Length));
        }
        else if (_start > 0)
        {
            _array.AsSpan(_start, length).CopyTo(_array);

            // What the octets leave behind nobody comes by again. Only few can be those of a password.
            if (length <= LongestSecret) _array.AsSpan(Math.Max(_start, length), Math.Min(_start, length)).Clear();
            _start = 0;
            _end = length;
        }
        return _array.AsSpan(_end);
    }

    /// <summary>As <see cref="Free"/>, not more than a length, for calls that take segments.</summary>
    public ArraySegment<byte> FreeSegment(int length)
    {
        var free = Free();
        return new ArraySegment<byte>(_array!, _end, Math.Min(free.Length, length));
    }

    /// <summary>Takes in octets that were received into <see cref="Free"/>.</summary>
    /// <returns>Whether they filled it, so that more is likely to wait.</returns>
    public bool Add(int count)
    {
        var filled = count == _array!.Length - _end;
        _end += count;
        if (filled)
        {
            _smallReads = 0;
            _size = Math.Min(2 * _size, MaximumSize);
        }
        else if (count >= _array.Length / 4)
        {
            _smallReads = 0;
        }
        else if (++_smallReads >= SmallReadsBeforeShrinking)
        {
            _smallReads = 0;
            _size = Math.Max(_size / 2, MinimumSize);
        }
        return filled;
    }

    /// <summary>Consumes up to a position of <see cref="Unconsumed"/>.</summary>
    public void Consume(SequencePosition consumed) => _start = IndexOf(consumed);

    /// <summary>
    /// The octets not yet consumed, for a caller that may keep their array with <see cref="Leave"/>. False: they are too few for that, or
    /// the array is of a size that only long frames need.
    /// </summary>
    public bool TryLend(out ArraySegment<byte> octets)
    {
        octets = default;
        if (_array is null || Length < _array.Length / 2 || _array.Length > MaximumSize) return false;
        octets = new ArraySegment<byte>(_array, _start, Length);
        return true;
    }

    /// <summary>
    /// Consumes octets, and leaves the array to its borrower, in any case. Octets that are not consumed are copied to another array, with
    /// room for as many again; without memory for that they are lost.
    /// </summary>
    public void Leave(int consumed)
    {
        var rest = _array.AsSpan(_start + consumed, Length - consumed);
        _array = null;
        _start = _end = 0;
        if (rest.IsEmpty) return;
        _array = BlockPool.Rent(Math.Max(_size, 2 * rest.Length));
        rest.CopyTo(_array);
        _end = rest.Length;
    }

    /// <summary>Whether a position of <see cref="Unconsumed"/> is its end.</summary>
    public bool IsEnd(SequencePosition position) => IndexOf(position) == _end;

    /// <summary>Gives the array back to the pool; whatever it holds is gone. May be called when there is none.</summary>
    public void GiveBack()
    {
        var array = Interlocked.Exchange(ref _array, null);

        // What nobody has consumed may be a password that was cut off. Normally there is nothing.
        if (array is not null && Length > 0) array.AsSpan(_start, Length).Clear();
        _start = _end = 0;
        if (array is not null) BlockPool.Return(array);
    }

    private int IndexOf(SequencePosition position)
    {
        if (_array is null || position.GetObject() is null) return _start;
        // A ReadOnlySequence keeps flags in the highest bit.
        var index = position.GetInteger() & int.MaxValue;
        if (!ReferenceEquals(position.GetObject(), _array) || index < _start || index > _end)
        {
            throw new ArgumentException("The position does not belong to the result of the last read.", nameof(position));
        }
        return index;
    }

    private void Replace(int size)
    {
        var larger = BlockPool.Rent(size);
        var length = Length;
        _array.AsSpan(_start, length).CopyTo(larger);
        _array.AsSpan(_start, length).Clear();
        BlockPool.Return(_array!);
        _array = larger;
        _start = 0;
        _end = length;
    }
}
