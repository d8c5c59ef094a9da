using System.Diagnostics;
using Zmtp.Threading;

namespace Zmtp.Engine;

// A caller that is far ahead of the loop, or finds no room because of it, sends in its place.
internal sealed partial class ConnectionWriter
{
    /// <summary>
    /// How long a caller waits for the loop to give way at most, 50 µs: a system call of 64 KiB takes some 10 on loopback, one of 256 KiB most of it.
    /// </summary>
    private static readonly long LongestTakeOver = Stopwatch.Frequency * 50 / 1_000_000;

    /// <summary>What is left of it where the loop needs longer: so much that a quick one is still met.</summary>
    private static readonly long ShortestTakeOver = LongestTakeOver / 16;

    private long _takeOverTime = LongestTakeOver;

    // A caller waits for the loop's turn, and takes it as soon as it is open. Under the gate.
    private bool _isTurnWanted;

    // The loop waits for the transport to have room: to take its place would be to wait, too.
    private volatile bool _isLoopWaiting;

    /// <summary>Whether callers take over at all. With one processor the loop cannot go on while somebody waits for it awake.</summary>
    internal static bool MayBeTakenOver { get; } = Environment.ProcessorCount > 1;

    /// <summary>How often one did: for tests.</summary>
    internal int TakeOvers { get; private set; }

    /// <summary>How long a caller waits for the loop to give way: for tests.</summary>
    internal TimeSpan TakeOverTime => Stopwatch.GetElapsedTime(0, _takeOverTime);

    /// <summary>
    /// For a caller that has found no room and would wait for it: sends what waits, on this thread, be it that the loop has been called and has not come
    /// yet, or that it gives way. Small messages fill a queue to its mark long before they are far ahead in octets. Outside the gate.
    /// </summary>
    /// <returns>Whether it was the caller's turn: there may be room now.</returns>
    public bool TrySendForRoom()
    {
        bool isOpen;
        using (Gate.Hold())
        {
            if (_stopped || _buffer.IsEmpty) return false;
            isOpen = _turn == SendingTurn.Open;
            if (isOpen) Take();
            else if (!WantsTurn()) return false;
        }

        if (!isOpen && !TryTakeOver()) return false;
        SendHere(MaxFlushed, isProof: false);
        return true;
    }

    /// <summary>
    /// Whether the caller, whose message has to wait or has no room, is to take the turn over from the loop. It does the loop's work then and does not
    /// run on to the high-water mark, to sleep there and be woken: every message would be copied twice, three threads would want the two cores that
    /// a stream needs, and what one core has encoded the other would send. One caller at a time. Under the gate.
    /// </summary>
    private bool WantsTurn()
    {
        if (!MayBeTakenOver || _isTurnWanted || _isLoopWaiting || _turn != SendingTurn.OfLoop) return false;
        return _isTurnWanted = true;
    }

    /// <summary>Waits for the loop to give way. Outside the gate.</summary>
    private bool TryTakeOver()
    {
        var end = Stopwatch.GetTimestamp() + _takeOverTime;
        while (_turn == SendingTurn.OfLoop && !_isLoopWaiting && Stopwatch.GetTimestamp() < end) Thread.SpinWait(1);
        using (Gate.Hold())
        {
            // In any case: the loop sleeps once it has given way, so it may do that only for a caller that comes.
            _isTurnWanted = false;
            if (_turn == SendingTurn.OfLoop && !_isLoopWaiting) _takeOverTime = Math.Max(_takeOverTime / 2, ShortestTakeOver);
            if (_turn != SendingTurn.Open) return false;
            Take();
            _takeOverTime = LongestTakeOver;
            TakeOvers++;
            return true;
        }
    }

    /// <summary>
    /// Opens the loop's turn for a caller that waits for it, if there is anything to send. By the thread that has the turn, under the gate.
    /// </summary>
    private bool TryGiveWay()
    {
        if (!_isTurnWanted || _turn != SendingTurn.OfLoop || _buffer.IsEmpty) return false;
        _turn = SendingTurn.Open;
        _pace.OnGathering();
        return true;
    }

    /// <summary>
    /// A caller's write has failed: nothing leaves any more, and the loop, which may wait for the caller's turn to end, is told.
    /// </summary>
    private void GiveUpTurn()
    {
        using (Gate.Hold())
        {
            _stopped = true;
            if (_turn != SendingTurn.Taken) return;
            _turn = SendingTurn.Free;
        }

        _wake.Set();
    }
}
