using Zmtp.Engine;
using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

// A connection whose outgoing half is over before the other: what has arrived is read to its end.
internal sealed partial class Pipe
{
    /// <summary>
    /// How long the reader waits for room, and twice that at most, before messages that wait for the next connection get it. What was not read is
    /// lost then, as with any connection that is lost.
    /// </summary>
    private static readonly TimeSpan RoomLimit = TimeSpan.FromSeconds(1);

    // Changed under the gate; cleared with the connection.
    private volatile bool _isOutputLost;
    private ITimer? _roomTimer;

    // Whether the reader waited for room when the timer looked last, and nobody has made any since.
    private volatile bool _isRoomLate;

    /// <summary>Whether its connection can only be read, to its end; a hint.</summary>
    public bool IsOutputLost => _isOutputLost;

    /// <summary>Whether it takes no messages, now or for good.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    public void OnBroken(ConnectionWriter writer)
    {
        if (writer != _writer) return;

        // At once, and not only with the connection: a sender that tries again would succeed, and its message be lost.
        LoseOutput();
    }

    public bool OnOutputLost(ConnectionWriter writer)
    {
        using (Gate.Hold())
        {
            // The sender that found out may be late: the connection is another one by now, or gone.
            if (_connection?.Writer != writer) return true;
            LoseOutput();
            if (OutlivesConnection) _roomTimer ??= WatchRoom();
        }

        _socket.OnRoom();
        if (!OutlivesConnection)
        {
            Volatile.Read(ref _departure)?.OnOutputLost();
            _socket.TurnedAway.RetryElsewhere();
        }

        // The closing thread says so first and then looks at us: one of the two sees the other.
        return !_socket.IsClosing;
    }

    /// <summary>The socket closes: a connection that can only be read is no use any more, and the next one can take what waits.</summary>
    public void EndIfOutputLost()
    {
        bool isLost;
        using (Gate.Hold()) isLost = _isOutputLost;
        if (isLost) Expel?.Invoke(false);
    }

    // The send that failed may have been on the application's thread.
    private ITimer WatchRoom() => WithoutFlow.Begin(this, static pipe => pipe._socket.Context.Time.CreateTimer(
        static me => ((Pipe)me!).EndIfNobodyReceives(), pipe, RoomLimit, RoomLimit));

    /// <summary>
    /// Nobody makes room for what has arrived, perhaps since the only thread that would waits to send: without an end there would be no next
    /// connection to send to.
    /// </summary>
    private void EndIfNobodyReceives()
    {
        ZmtpConnection? connection;
        using (Gate.Hold())
        {
            var wasLate = _isRoomLate;
            _isRoomLate = _isOutputLost && _queue.Count > 0 && Inbound.IsRoomAskedFor;
            if (!_isRoomLate || !wasLate) return;
            connection = _connection;
        }

        connection?.GiveUpInput();
    }

    /// <summary>The connection is gone. Under the gate.</summary>
    private void EndLostOutput()
    {
        _isOutputLost = false;
        _departure = null;
        _roomTimer?.Dispose();
        _roomTimer = null;
    }

    /// <summary>Nothing is sent by the connection any more, which is still to be read. Under the gate.</summary>
    private void LoseOutput()
    {
        DetachOutput();
        _isOutputLost = true;
        _isRoomLate = false;
    }

    /// <summary>Under the gate.</summary>
    private void DetachOutput()
    {
        _writer = null;
        if (OutlivesConnection)
        {
            DropPending();
            return;
        }

        _isClosed = true;
        DropQueue();
    }
}
