namespace Zmtp.Engine;

/// <summary>Octets ready to leave: encoded ones in rented memory, and behind them maybe the body of a large frame in memory of its own.</summary>
internal struct OutgoingChunk
{
    public byte[] Array;

    /// <summary>Encoded octets, from the start of <see cref="Array"/>.</summary>
    public int Length;

    /// <summary>The body of the last frame, when it is large and not sealed: its memory is the chunk's. Else of length 0.</summary>
    public FrameSlot Body;

    /// <summary>How many messages end in this chunk.</summary>
    public int Messages;

    /// <summary>More than an array may have, where small messages stand before the largest body.</summary>
    public readonly long TotalLength => (long)Length + Body.Length;

    public readonly ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);

    public readonly ReadOnlyMemory<byte> BodyMemory => Body.Array.AsMemory(Body.Offset, Body.Length);

    public readonly void Return()
    {
        BlockPool.Return(Array);
        Body.Release();
    }
}
