using System.Numerics;

namespace Zmtp;

/// <summary>
/// Arrays of 4 KiB and more for reuse. They are rented on one thread and returned on another by the thousand, which the shared array
/// pool answers with new arrays: it keeps one per thread and a handful per core. Here each size is one stack, and what all of them
/// keep together is bounded; when it is full, what comes back takes the place of the size that keeps most.
/// </summary>
/// <remarks>Safe on any thread. Arrays come back with whatever they held.</remarks>
internal static class BlockPool
{
    /// <summary>The smallest array.</summary>
    public const int MinimumSize = 4 * 1024;

    /// <summary>The largest array that is kept, enough for a sealed message of 16 MiB; larger ones are left to the collector.</summary>
    public const int MaximumSize = 32 * 1024 * 1024;

    /// <summary>
    /// Up to here each size is twice the one before; above, four lie where one did: a large message with what sealing adds to it would else
    /// take twice its octets.
    /// </summary>
    private const int FineFrom = 64 * 1024;

    private const int CoarseSizes = 5;

    /// <summary>Octets that lie idle at most: what two queues of 64 MiB, the default limit of one, give back half-drained.</summary>
    private const long MaximumIdle = 64 * 1024 * 1024;

    /// <summary>How many arrays make room for one at most: the thread that gives one back must not be held up.</summary>
    private const int MaximumEvicted = 16;

    private static readonly Shelf<byte>[] Shelves = NewShelves();
    private static long _idle;

    static BlockPool() => _ = new Sweeper(Sweep);

    /// <summary>Octets in arrays that nobody uses at this moment.</summary>
    public static long Idle => Volatile.Read(ref _idle);

    /// <summary>
    /// Rents an array of at least a length, rounded up to a power of two, or above 64 KiB to 5, 6, 7 or 8 eighths of one.
    /// </summary>
    public static byte[] Rent(int length)
    {
        if (length > MaximumSize) return GC.AllocateUninitializedArray<byte>(length);
        var shelf = Shelves[IndexOf(length)];
        if (shelf.TryPop() is not { } array) return GC.AllocateUninitializedArray<byte>(shelf.ArrayLength);
        Interlocked.Add(ref _idle, -array.Length);
        return array;
    }

    /// <summary>Takes an array back. The caller must not use it any more.</summary>
    public static void Return(byte[] array)
    {
        if (array.Length > MaximumSize) return;
        var shelf = Shelves[IndexOf(array.Length)];
        if (Interlocked.Add(ref _idle, array.Length) > MaximumIdle && !TryMakeRoom(shelf))
        {
            Interlocked.Add(ref _idle, -array.Length);
            return;
        }

        if (!shelf.TryPush(array)) Interlocked.Add(ref _idle, -array.Length);
    }

    /// <summary>
    /// Lets go of arrays of other sizes. What comes back is in use at this moment; what lies here in numbers may be left from a burst, and a pool
    /// full of it would answer each rent of this size with a new array, whose pages the system has yet to find.
    /// </summary>
    /// <returns>False: this size keeps most itself.</returns>
    private static bool TryMakeRoom(Shelf<byte> shelf)
    {
        for (var turns = 0; Idle > MaximumIdle; turns++)
        {
            if (turns == MaximumEvicted) return false;
            var fullest = shelf;
            foreach (var other in Shelves)
            {
                if (other.Elements > fullest.Elements) fullest = other;
            }

            if (fullest == shelf || fullest.TryPop() is not { } array) return false;
            Interlocked.Add(ref _idle, -array.Length);
        }

        return true;
    }

    private static int IndexOf(int length)
    {
        if (length <= FineFrom) return BitOperations.Log2((uint)Math.Max(length, MinimumSize) - 1) + 1 - BitOperations.Log2(MinimumSize);
        var quarters = (uint)(length - 1) / (FineFrom / 4);
        var doublings = BitOperations.Log2(quarters) - 2;
        return CoarseSizes + (4 * doublings) + (int)(quarters >> doublings) - 4;
    }

    private static int SizeOf(int index)
    {
        if (index < CoarseSizes) return MinimumSize << index;
        var (doublings, quarter) = Math.DivRem(index - CoarseSizes, 4);
        return (FineFrom / 4 * (5 + quarter)) << doublings;
    }

    private static Shelf<byte>[] NewShelves()
    {
        var shelves = new Shelf<byte>[IndexOf(MaximumSize) + 1];
        for (var i = 0; i < shelves.Length; i++) shelves[i] = new Shelf<byte>(SizeOf(i));
        return shelves;
    }

    private static void Sweep()
    {
        foreach (var shelf in Shelves) Interlocked.Add(ref _idle, -shelf.Sweep());
    }
}
