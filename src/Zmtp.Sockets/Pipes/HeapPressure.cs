namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Whether the managed heap has taken most of what it may have. Then peers are read only as far as their messages are received: where the heap is
/// at its limit, the runtime's own small allocations fail, in places where nobody can catch that, and the process ends.
/// </summary>
/// <remarks>Safe on any thread. A container's limit is the heap's too, three quarters of it by default.</remarks>
internal static class HeapPressure
{
    /// <summary>
    /// Octets of a peer that may lie unread then: one read. With one message more than that a peer is not read until less than half of it waits.
    /// </summary>
    public const long UnreadOctets = InboundBatch.MaximumCapacity;

    /// <summary>The part of the heap that is left for what is under way and all else: a quarter.</summary>
    private const int PartLeft = 4;

    private static long _lookedAt;
    private static long _threshold;
    private static volatile bool _isHigh;

    /// <summary>As of this millisecond or the one before: it is asked for at each read.</summary>
    public static bool IsHigh
    {
        get
        {
            var now = Environment.TickCount64;
            if (now != Volatile.Read(ref _lookedAt)) Look(now);
            return _isHigh;
        }
    }

    /// <summary>What the heap may take before it is high, of what it may have in all.</summary>
    internal static long ThresholdOf(long available) => available - (available / PartLeft);

    private static void Look(long now)
    {
        Volatile.Write(ref _lookedAt, now);
        if (_threshold == 0) _threshold = ThresholdOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

        // What nobody refers to any more counts until the next collection, of which there are many where the limit is near.
        _isHigh = _threshold > 0 && GC.GetTotalMemory(forceFullCollection: false) > _threshold;
    }
}
