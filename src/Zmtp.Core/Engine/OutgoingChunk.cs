
namespace Zmtp.Engine;

/// <summary>Octets ready to leave, in rented memory.</summary>
internal struct OutgoingChunk
{
    public byte[] Array;
    public int Length;

    /// <summary>How many messages end in this chunk.</summary>
    public int Messages;

    public readonly ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    public readonly void Return() => BlockPool.Return(Array);
}
