namespace Zmtp;

/// <summary>
/// The places of a message's frames that are too many for one array. They lie in chunks, which never move: an array that is doubled would be there twice
/// while it is copied, and leave large objects behind, so that a peer that sends endless empty frames would make the process hold many times what they
/// are counted for.
/// </summary>
/// <remarks>Not thread-safe; its message's.</remarks>
internal sealed class FrameSlotChunks
{
    private FrameSlot[][] _chunks = new FrameSlot[4][];
    private int _count;

    /// <summary>A place that there is.</summary>
    public ref FrameSlot At(int index) => ref _chunks[index / FrameSlotPool.ChunkLength][index % FrameSlotPool.ChunkLength];

    /// <summary>A place behind those in use, or one of them.</summary>
    public ref FrameSlot Next(int index)
    {
        if (index / FrameSlotPool.ChunkLength == _count)
        {
            if (_count == _chunks.Length) Array.Resize(ref _chunks, _count * 2);
            _chunks[_count] = FrameSlotPool.Rent();
            _count++;
        }

        return ref At(index);
    }

    /// <summary>Gives the chunks back. All places are empty.</summary>
    public void Return()
    {
        while (_count > 0) FrameSlotPool.Return(_chunks[--_count]);
    }
}
