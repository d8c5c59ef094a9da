using System.Runtime.CompilerServices;

namespace Zmtp;

/// <summary>Where one frame lies in the memory of a batch, or which of the messages with memory of their own it stands for.</summary>
internal readonly struct BatchFrame
{
    private const int MoreFlag = 1;
    private const int LengthShift = 1;

    // The offset, or the complement of an index.
    private readonly int _place;

    // Twice the length, plus one when more frames follow. A batch's memory is far smaller than what this can tell.
    private readonly int _lengthAndMore;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BatchFrame(int offset, int length, bool more)
    {
        _place = offset;
        _lengthAndMore = (length << LengthShift) | (more ? MoreFlag : 0);
    }

    public int Offset => _place;

    public int Length => _lengthAndMore >> LengthShift;

    public bool HasMore => (_lengthAndMore & MoreFlag) != 0;

    public bool IsWhole => _place < 0;

    public int Index => ~_place;

    public static BatchFrame Whole(int index) => new(~index, 0, more: false);
}
