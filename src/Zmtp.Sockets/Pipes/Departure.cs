using Zmtp.Engine;
using Zmtp.Transports;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Finds out that a peer has left which is not read for want of room: the end of its output lies behind what waits to be read. Then what waits is
/// one of the <see cref="Leftovers"/>. One for each connection that has ever paused.
/// </summary>
/// <remarks>
/// Made by the connection's reader. What it finds is told on the pool: the clock is one for all, and to end a connection may take a while.
/// </remarks>
internal sealed class Departure(Pipe pipe, ZmtpConnection connection, Leftovers leftovers) : IReminded, IThreadPoolWorkItem
{
    /// <summary>A stream pauses often and soon goes on. The system is asked only where a whole tick has passed within one pause.</summary>
    private static readonly Reminder Reminder = new(TimeSpan.FromMilliseconds(100));

    private readonly IDirectReader? _input = connection.DirectInput;

    // Pauses, the reader's own, and as many as there were at the last tick.
    private int _pauses;
    private int _seen;

    // 1: the reminder comes.
    private int _isWatched;

    // For good: then nobody asks again.
    private volatile bool _isOver;

    /// <summary>The reader waits for room. By the reader, when it has asked for it.</summary>
    public void OnPause()
    {
        Volatile.Write(ref _pauses, _pauses + 1);
        if (Volatile.Read(ref _isWatched) == 0 && Interlocked.CompareExchange(ref _isWatched, 1, 0) == 0) Reminder.Watch(this);
    }

    /// <summary>
    /// The peer takes nothing any more: a sign that it has left, and the only one where the system is not asked. Outside all gates.
    /// </summary>
    public void OnOutputLost() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    bool IReminded.Remind()
    {
        // First: a pause that begins from here on is watched anew.
        Interlocked.Exchange(ref _isWatched, 0);
        if (!pipe.Inbound.IsRoomAskedFor) return false;
        var pauses = Volatile.Read(ref _pauses);
        if (pauses != _seen)
        {
            _seen = pauses;
            return Interlocked.CompareExchange(ref _isWatched, 1, 0) == 0;
        }

        if (_isOver || pipe.IsOutputLost) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else _input?.TellWhenPeerLeaves(this);
        return false;
    }

    // The system says that the peer has left, or the output is lost.
    void IThreadPoolWorkItem.Execute()
    {
        _isOver = true;

        // If reading has resumed it most likely finds the end itself; if room runs out first, the next pause looks again.
        if (pipe.Inbound.IsRoomAskedFor) leftovers.OnPeerLeft(pipe, connection);
    }
}
