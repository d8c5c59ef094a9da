using System.Numerics;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Pipes in the order of their turns, and for each whether it is to be asked: one bit, so that those that have no room cost a sender next to
/// nothing, however many they are. A pipe that has left leaves its seat empty.
/// </summary>
/// <remarks>Read without a lock; changed under that of the <see cref="LoadBalancer"/>.</remarks>
/// <param name="capacity">How many seats there are; at least 1.</param>
internal sealed class Seats(int capacity)
{
    private const int WordBits = 64;

    private readonly Pipe?[] _pipes = new Pipe?[capacity];
    private readonly ulong[] _asked = new ulong[(capacity + WordBits - 1) / WordBits];
    private int _count;

    /// <summary>Seats that have been taken, those left empty included.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool IsFull => _count == capacity;

    /// <summary>The pipe of a seat; null: it has left.</summary>
    public Pipe? this[int seat] => Volatile.Read(ref _pipes[seat]);

    /// <summary>Takes the next seat, for a pipe that is to be asked. There must be one.</summary>
    public int Add(Pipe pipe)
    {
        var seat = _count;
        Volatile.Write(ref _pipes[seat], pipe);
        SetAsked(seat, true);
        Volatile.Write(ref _count, seat + 1);
        return seat;
    }

    public void Remove(int seat)
    {
        SetAsked(seat, false);
        Volatile.Write(ref _pipes[seat], null);
    }

    /// <summary>The pipe of the first seat that is not empty.</summary>
    public Pipe? First()
    {
        for (var seat = 0; seat < _count; seat++)
        {
            if (_pipes[seat] is { } pipe) return pipe;
        }

        return null;
    }

    public bool IsAsked(int seat) => (_asked[seat / WordBits] & Bit(seat)) != 0;

    public void SetAsked(int seat, bool isAsked)
    {
        ref var word = ref _asked[seat / WordBits];
        Volatile.Write(ref word, isAsked ? word | Bit(seat) : word & ~Bit(seat));
    }

    /// <summary>The first pipe that is to be asked.</summary>
    /// <param name="first">The seat to begin at.</param>
    /// <param name="end">The seat to stop before; no more than <see cref="Count"/>.</param>
    /// <returns>The seat of that pipe; -1: there is none.</returns>
    public int Find(int first, int end)
    {
        if (first >= end) return -1;
        var word = first / WordBits;
        var asked = Volatile.Read(ref _asked[word]) & (ulong.MaxValue << (first % WordBits));
        while (asked == 0)
        {
            word++;
            if (word * WordBits >= end) return -1;
            asked = Volatile.Read(ref _asked[word]);
        }

        var seat = (word * WordBits) + BitOperations.TrailingZeroCount(asked);
        return seat < end ? seat : -1;
    }

    private static ulong Bit(int seat) => 1UL << (seat % WordBits);
}
