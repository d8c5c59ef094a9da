using System.Runtime.InteropServices;

namespace Zmtp;

/// <summary>
/// How far a batch is filled, and how far it is drained. The draining side may follow closely behind the filling one: each has its
/// positions on a cache line that the other only looks at when it has used up what it knows of, and that nothing else shares.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = CacheLine + CacheLine + CacheLine + CacheLine + CacheLine)]
internal struct BatchPositions
{
    private const int CacheLine = 64;

    // The filling side's.

    /// <summary>Octets in use.</summary>
    [FieldOffset(CacheLine)]
    public int Used;

    /// <summary>Frames, those of the open message included.</summary>
    [FieldOffset(CacheLine + sizeof(int))]
    public int Frames;

    /// <summary>Frames of complete messages: what the draining side may take. Written last.</summary>
    [FieldOffset(CacheLine + (2 * sizeof(int)))]
    public int Ended;

    // The draining side's.

    /// <summary>The first frame that has not been taken.</summary>
    [FieldOffset(CacheLine + CacheLine + CacheLine)]
    public int Next;

    /// <summary>What <see cref="Ended"/> was when it was last looked at.</summary>
    [FieldOffset(CacheLine + CacheLine + CacheLine + sizeof(int))]
    public int Seen;

    /// <summary>How many keep the batch alive.</summary>
    [FieldOffset(CacheLine + CacheLine + CacheLine + (2 * sizeof(int)))]
    public int References;
}
