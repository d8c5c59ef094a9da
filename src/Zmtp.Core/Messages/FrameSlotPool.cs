namespace Zmtp;

/// <summary>
/// Chunks of places for the frames of messages that have very many, for reuse: a peer may make one message of millions of empty frames after the other.
/// </summary>
/// <remarks>Safe on any thread. Chunks come back with all their places empty.</remarks>
internal static class FrameSlotPool
{
    /// <summary>Places in a chunk: 32 KiB, so that it is no large object, which only a full collection would free.</summary>
    public const int ChunkLength = 1024;

    /// <summary>Chunks that lie idle at most, 64 MiB: as much as <see cref="BlockPool"/> keeps.</summary>
    public const int MaximumIdle = 2048;

    private static readonly Shelf<FrameSlot> Chunks = new(ChunkLength);
    private static int _idle;

    static FrameSlotPool() => _ = new Sweeper(Sweep);

    /// <summary>Chunks that nobody uses at this moment.</summary>
    public static int Idle => Volatile.Read(ref _idle);

    public static FrameSlot[] Rent()
    {
        if (Chunks.TryPop() is not { } chunk) return new FrameSlot[ChunkLength];
        Interlocked.Decrement(ref _idle);
        return chunk;
    }

    /// <summary>Takes a chunk back, all its places empty. The caller must not use it any more.</summary>
    public static void Return(FrameSlot[] chunk)
    {
        if (Interlocked.Increment(ref _idle) > MaximumIdle || !Chunks.TryPush(chunk)) Interlocked.Decrement(ref _idle);
    }

    private static void Sweep() => Interlocked.Add(ref _idle, -(int)(Chunks.Sweep() / ChunkLength));
}
