using System.Diagnostics;

namespace Zmtp;

// Frames that stay where they were received: the array of a read is lent while it is read, and becomes the batch's where most of it are messages.
internal sealed partial class InboundBatch
{
    // By the filling side, before anybody else sees the batch.
    private bool _isBorrowing;

    /// <summary>Whether frames are added where they lie, in memory of another.</summary>
    public bool IsBorrowing => _isBorrowing;

    /// <summary>
    /// Has its frames, of which there are none with memory of its own, stay where they were received. Before anybody else sees the batch, and before
    /// anything else is added to it, <see cref="EndLoan"/> is to follow.
    /// </summary>
    /// <param name="memory">Rented from <see cref="BlockPool"/>; <see cref="MaximumCapacity"/> at most.</param>
    public void Borrow(byte[] memory)
    {
        Debug.Assert(_memory == _own && _at.Used == 0, "It has frames already.");
        Debug.Assert(memory.Length <= MaximumCapacity, "Each message would keep too much alive.");
        LieIn(memory);
        _isBorrowing = true;
    }

    /// <summary>Adds a frame that lies in the memory that was borrowed to the open message.</summary>
    public void AddBorrowedFrame(int offset, int length, bool more) => Add(new BatchFrame(offset, length, more));

    /// <summary>Ends the loan.</summary>
    /// <param name="mayKeep">
    /// Whether the memory becomes the batch's, if there are frames; else they move to other memory. After a failure it is still borrowed.
    /// </param>
    /// <returns>Whether it was kept.</returns>
    public bool EndLoan(bool mayKeep)
    {
        var isKept = mayKeep && _at.Frames > 0;
        if (isKept) _at.Used = _memory.Length;
        else MoveTo(RentFor(OctetsOfFrames()));
        _isBorrowing = false;
        return isKept;
    }
}
