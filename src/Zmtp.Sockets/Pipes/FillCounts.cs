using System.Runtime.InteropServices;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// What has come into a queue, and how much of it its reader last saw taken out; on cache lines of its own, as <see cref="DrainCounts"/>
/// are: 64 octets on either side belong to nobody.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = CacheLine + (6 * sizeof(long)) + CacheLine)]
internal struct FillCounts
{
    private const int CacheLine = 64;

    [FieldOffset(CacheLine)]
    public long Messages;

    [FieldOffset(CacheLine + sizeof(long))]
    public long Octets;

    [FieldOffset(CacheLine + (2 * sizeof(long)))]
    public long SeenMessagesOut;

    [FieldOffset(CacheLine + (3 * sizeof(long)))]
    public long SeenOctetsOut;

    /// <summary>What <see cref="Messages"/> was before the batch was begun to which messages are appended.</summary>
    [FieldOffset(CacheLine + (4 * sizeof(long)))]
    public long FirstInBatch;

    /// <summary>How many of the messages in it found that the receivers had run dry.</summary>
    [FieldOffset(CacheLine + (5 * sizeof(long)))]
    public long RunsInBatch;
}
