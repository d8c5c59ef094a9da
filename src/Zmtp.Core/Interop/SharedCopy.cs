using Zmtp.Threading;

namespace Zmtp.Interop;

/// <summary>
/// A long copy that its thread shares with threads that wait awake, most likely for what is copied: one copy at a time. If none comes it is
/// as fast as any other. Safe on any thread.
/// </summary>
/// <remarks>
/// Pieces are taken in order, by a counter that is beyond them all while there is no copy. A helper says so before it takes a piece, and
/// the memory is the owner's again when no helper is left.
/// </remarks>
internal sealed unsafe class SharedCopy
{
    /// <summary>What one thread copies at a time, and for how long it looks at nothing else: 64 KiB, 1 to 2 µs.</summary>
    public const int Piece = 64 * 1024;

    /// <summary>More pieces than any copy has, and so few that looking in vain at the same moment does not make the counter overflow.</summary>
    private const int NoCopy = 1 << 30;

    private byte* _from;
    private byte* _to;
    private long _length;
    private int _next = NoCopy;
    private int _helpers;
    private int _isTaken;
    private long _helped;

    /// <summary>How many pieces were copied by others than their owners: for tests.</summary>
    public long Helped => Volatile.Read(ref _helped);

    /// <summary>Copies. False: another copy is under way, and nothing was done.</summary>
    /// <param name="from">Written by nobody until the call returns.</param>
    /// <param name="to">As long. The two do not overlap.</param>
    /// <exception cref="ArgumentException">It is not as long.</exception>
    public bool TryCopy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        if (from.Length != to.Length) throw new ArgumentException("The destination must be as long as the source.", nameof(to));
        if (Volatile.Read(ref _isTaken) != 0 || Interlocked.Exchange(ref _isTaken, 1) != 0) return false;
        fixed (byte* source = from, destination = to)
        {
            _from = source;
            _to = destination;
            _length = from.Length;
            Volatile.Write(ref _next, 0);
            while (TryTakePiece())
            {
            }

            Interlocked.Exchange(ref _next, NoCopy);
            WaitForHelpers();
        }

        Volatile.Write(ref _isTaken, 0);
        return true;
    }

    /// <summary>Copies a piece for another thread.</summary>
    /// <returns>Whether there was one left.</returns>
    public bool Help()
    {
        if (Volatile.Read(ref _next) >= NoCopy) return false;
        Interlocked.Increment(ref _helpers);
        var hasHelped = TryTakePiece();
        if (hasHelped) Interlocked.Increment(ref _helped);
        Interlocked.Decrement(ref _helpers);
        return hasHelped;
    }

    private bool TryTakePiece()
    {
        // Where it lies is read only then: it may be of another copy than the one that was seen to be there.
        var offset = (Interlocked.Increment(ref _next) - 1L) * Piece;
        if (offset >= _length) return false;
        var length = (int)Math.Min(Piece, _length - offset);
        new ReadOnlySpan<byte>(_from + offset, length).CopyTo(new Span<byte>(_to + offset, length));
        return true;
    }

    // For one piece of each at most, unless the system has something else for its core.
    private void WaitForHelpers() => Uninterrupted.Run(this, static copy => copy.SpinUntilAlone());

    private void SpinUntilAlone()
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _helpers) > 0) wait.SpinOnce(sleep1Threshold: -1);
    }
}
