namespace Zmtp;

/// <summary>Where one frame of a message lies.</summary>
internal struct FrameSlot
{
    public byte[] Array;
    public int Offset;
    public int Length;

    /// <summary>Whether <see cref="Array"/> was rented for this frame alone and goes back to the array pool with the message.</summary>
    public bool IsRented;

    public readonly Span<byte> Span => new(Array, Offset, Length);
}
