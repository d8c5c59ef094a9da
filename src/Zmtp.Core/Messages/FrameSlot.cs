namespace Zmtp;

/// <summary>Where one frame of a message lies, and whose memory that is.</summary>
internal struct FrameSlot
{
    public byte[] Array;
    public int Offset;
    public int Length;

    /// <summary>Whether <see cref="Array"/> was rented for this frame alone and goes back to the pool with the message.</summary>
    public bool IsRented;

    /// <summary>The batch whose memory this is, and which stays until it is released; null for memory of the message's own.</summary>
    public InboundBatch? Batch;

    public readonly Span<byte> Span => new(Array, Offset, Length);

    /// <summary>Whether the memory can part from the message: no other of its frames lies there as its own.</summary>
    public readonly bool IsSeparable => IsRented || Batch is not null;

    /// <summary>
    /// Hands the memory to the caller, which has to <see cref="Release"/> it. The frame stays readable as long as the caller keeps it.
    /// </summary>
    public FrameSlot Separate()
    {
        var separate = this;
        IsRented = false;
        Batch = null;
        return separate;
    }

    /// <summary>Gives up what the frame holds of others.</summary>
    public readonly void Release()
    {
        if (IsRented) BlockPool.Return(Array);
        else Batch?.Release();
    }
}
