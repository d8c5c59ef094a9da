using Zmtp.Threading;
using Zmtp.Transports;

namespace Zmtp.Engine;

// Commands that may come at any time, on any thread, and what has become of them.
internal sealed partial class ConnectionWriter : IHeartbeatOutput
{
    /// <summary>
    /// Octets on their way beyond which heartbeats are dropped: the peer does not read, and must not make us hoard answers. More than
    /// a pipe encodes ahead, so that a peer that reads slowly gets its PONG.
    /// </summary>
    private const long MaxBacklog = 512 * 1024;

    // Octets taken from the buffer. Under the gate.
    private long _taken;
    private long _handed;

    // Writes that had to wait, and came to their end. By the thread that has the turn.
    private long _endedWaits;

    public long Handed => Volatile.Read(ref _handed);

    public long Progress => Volatile.Read(ref _endedWaits) + ((_output as IGatherWriter)?.Progress ?? 0);

    public long? SendCommand(ReadOnlySpan<byte> body)
    {
        SendStep step;
        long end;
        using (Gate.Hold())
        {
            if (_stopped)
            {
                TellOfDefect();
                return null;
            }

            if (_buffer.Length > MaxBacklog || !TryWriteCommand(body)) return null;
            end = _taken + _buffer.Length;
            step = Begin();
        }

        Send(step);
        return end;
    }
}
