namespace Zmtp.Sockets.Pipes;

// How a reader or sender finds no room for another message, and hears of it when there is some again.
internal sealed partial class InboundQueue
{
    /// <summary>A mark below any count, and so is half of it: there is never room, and no receiver makes any.</summary>
    private const int HeldBack = int.MinValue;

    private int _markOnceLetIn;

    /// <summary>There is no room until <see cref="LetIn"/>. Before its reader begins.</summary>
    public void HoldBack() => (_markOnceLetIn, _highWaterMark) = (_highWaterMark, HeldBack);

    /// <summary>Once after <see cref="HoldBack"/>, on any thread.</summary>
    public void LetIn()
    {
        Volatile.Write(ref _highWaterMark, _markOnceLetIn);

        // The reader says that it wants room and then looks at the mark: one of the two sees the other.
        Interlocked.MemoryBarrier();
        ResumeElsewhere();
    }

    /// <summary>Whether there is room. If not, <see cref="RoomAgain"/> will say when. By the filling side.</summary>
    public bool AskForRoom()
    {
        if (HasRoom) return true;
        using (_gate.Hold())
        {
            var doesAnotherWait = _isReaderWaiting;
            if (!doesAnotherWait) RaiseRequest();
            if (!HasRoom) return false;

            // Over inproc several senders fill: the request of one that sleeps already is not ours to take back.
            _isReaderWaiting = doesAnotherWait;
            return true;
        }
    }

    /// <summary>Whether there was room when the reader looked last. By anybody, a hint.</summary>
    public bool MayHaveRoom => IsBelowMark();

    /// <summary>Whether <see cref="RoomAgain"/> is still to say when there is room.</summary>
    public bool IsRoomAskedFor => _isReaderWaiting;

    /// <summary>
    /// Asks for room without waiting for it: <see cref="RoomAgain"/> will say when. True: there is room already, and nobody else has heard of
    /// the request.
    /// </summary>
    public bool HasRoomElseAsk()
    {
        RaiseRequest();
        return HasRoom && TakeRequest();
    }

    /// <summary>Completes when there is room. By the reader.</summary>
    public ValueTask WaitForRoomAsync() => AskForRoom() ? ValueTask.CompletedTask : _room.WaitAsync();

    /// <summary>
    /// Ends a wait for room, the present one or the next. A reader that has left for want of room is told as well: a connection that ends
    /// late does not know whether the request is of the next connection, which may read already. If there is no room, that reader finds
    /// out.
    /// </summary>
    public void StopWaiting()
    {
        using (_gate.Hold()) _isReaderWaiting = false;
        PassRoomOn();
    }

    /// <summary>
    /// There is room for a reader that waits. It goes on here, on the receiver's thread, for as long as its read is bounded: it has
    /// octets at hand, and to wake another thread for them takes longer than to take them in.
    /// </summary>
    public void Resume()
    {
        if (!TakeRequest()) return;
        _room.SetHere();
        RoomAgain?.Invoke(true);
    }

    /// <summary>As <see cref="Resume"/>, but the reader goes on on the pool.</summary>
    public void ResumeElsewhere()
    {
        if (TakeRequest()) PassRoomOn();
    }

    /// <summary>There is room for the reader that waits for it, or has left for want of it.</summary>
    public void PassRoomOn()
    {
        _room.Set();
        RoomAgain?.Invoke(false);
    }

    /// <summary>Says that room is wanted. The counts are looked at behind it.</summary>
    private void RaiseRequest()
    {
        _isReaderWaiting = true;

        // The receivers write the counts and then look at the flag: one of the two sees the other. Their half of the barrier is here as well, for it
        // would cost them as much at each message as all else in taking it, and room is seldom wanted.
        Interlocked.MemoryBarrierProcessWide();
    }

    private bool TakeRequest()
    {
        using (_gate.Hold())
        {
            var isWaiting = _isReaderWaiting;
            _isReaderWaiting = false;
            return isWaiting;
        }
    }
}
