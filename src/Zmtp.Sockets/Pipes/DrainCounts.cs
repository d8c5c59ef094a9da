using System.Runtime.InteropServices;

namespace Zmtp.Sockets.Pipes;

/// <summary>What the receivers have taken out of a queue, on cache lines of its own: 64 octets on either side belong to nobody.</summary>
[StructLayout(LayoutKind.Explicit, Size = CacheLine + (2 * sizeof(long)) + CacheLine)]
internal struct DrainCounts
{
    private const int CacheLine = 64;

    [FieldOffset(CacheLine)]
    public long Messages;

    [FieldOffset(CacheLine + sizeof(long))]
    public long Octets;
}
