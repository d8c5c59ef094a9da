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

    /// <summary>Gives up what the frame holds of others.</summary>
    public readonly void Release()
    {
        if (IsRented) BlockPool.Return(Array);
        else Batch?.Release();
    }
}
