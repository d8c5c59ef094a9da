using System.Diagnostics;

namespace Zmtp.Engine;

// A caller that is far ahead of the loop sends in its place.
internal sealed partial class ConnectionWriter
{
    /// <summary>How long a caller waits for the loop to give way at most, 50 µs: one system call's time on loopback is some 10.</summary>
    private static readonly long LongestTakeOver = Stopwatch.Frequency * 50 / 1_000_000;

    private long _takeOverTime = LongestTakeOver;

    // A caller waits for the turn, and takes it as soon as it is open. Under the gate.
    private bool _isTurnWanted;

    // The loop waits for the transport to have room: to take its place would be to wait, too.
    private volatile bool _isLoopWaiting;

    /// <summary>
    /// Whether the caller, whose message has to wait since the loop is far behind, is to take the turn over. It does the loop's work meanwhile and not
    /// run on to the high-water mark, to sleep there and be woken: every message would be copied twice, three threads would want the two cores that a stream
    /// needs, and what one core has encoded the other sends. Under the gate.
    /// </summary>
    private bool WantsTurn() => _isTurnWanted = _turn == SendingTurn.Taken && !_isLoopWaiting;

    /// <summary>Waits for the loop to give way. Outside the gate.</summary>
    private bool TryTakeOver()
    {
        var end = Stopwatch.GetTimestamp() + _takeOverTime;
        while (_turn == SendingTurn.Taken && !_isLoopWaiting && Stopwatch.GetTimestamp() < end) Thread.SpinWait(1);
        using (Gate.Hold())
        {
            // In any case: nobody may give way to one who has gone.
            _isTurnWanted = false;
            var isOpen = _turn == SendingTurn.Open;
            if (isOpen) _turn = SendingTurn.Taken;
            _takeOverTime = isOpen ? LongestTakeOver : _takeOverTime / 2;
            return isOpen;
        }
    }

    /// <summary>Opens the loop's turn for a caller that waits for it, if there is anything to send. Under the gate.</summary>
    private bool TryGiveWay()
    {
        if (!_isTurnWanted || _buffer.IsEmpty) return false;
        _turn = SendingTurn.Open;
        return true;
    }
}
