namespace Zmtp.Engine;

/// <summary>
/// Keeps a connection's reader and its owner apart when the owner leaves: the owner is gone only while nothing is being handed to it,
/// and nothing is handed to it once it is gone. One exchange each way for a read, not one for a message.
/// </summary>
internal sealed class ReadingTurn
{
    private const int Waiting = 0;
    private const int Reading = 1;
    private const int Leaving = 2;
    private const int Left = 3;
    private const int Ended = 4;

    private int _state;

    /// <summary>Whether the owner is gone.</summary>
    public bool HasLeft => Volatile.Read(ref _state) == Left;

    /// <summary>Whether the reader has ended before the owner was gone: the owner ends what there is.</summary>
    public bool HasEnded => Volatile.Read(ref _state) == Ended;

    /// <summary>Whether octets are being handed over: until the reader ends its turn the owner is not gone. By the reader.</summary>
    public bool IsOpen => Volatile.Read(ref _state) is Reading or Leaving;

    /// <summary>Octets are there. False: the owner is gone, and they are nobody's. By the reader.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Reading, Waiting) == Waiting;

    /// <summary>The octets are handed over. False: the owner wanted to leave meanwhile, and is gone from now on. By the reader.</summary>
    public bool TryEnd()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Reading) == Reading) return true;
        Interlocked.CompareExchange(ref _state, Left, Leaving);
        return false;
    }

    /// <summary>
    /// Nothing is read any more, whether the turn was ended or not. From now on it is settled whether the reader ended or the owner left
    /// first. By the reader.
    /// </summary>
    public void Finish()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == Left || Interlocked.CompareExchange(ref _state, Ended, state) == state) return;
        }
    }

    /// <summary>
    /// The owner leaves. False: it is gone as soon as the reader has ended its turn, which the reader learns from <see cref="TryEnd"/>; or the
    /// reader has ended before (<see cref="HasEnded"/>).
    /// </summary>
    public bool TryLeave()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Waiting when Interlocked.CompareExchange(ref _state, Left, Waiting) == Waiting:
                    return true;
                case Reading when Interlocked.CompareExchange(ref _state, Leaving, Reading) == Reading:
                case Leaving:
                case Left:
                case Ended:
                    return false;
            }
        }
    }
}
