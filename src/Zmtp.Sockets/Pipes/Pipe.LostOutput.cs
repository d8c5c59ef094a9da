using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

// A connection whose outgoing half is over before the other: what has arrived is read to its end.
internal sealed partial class Pipe
{
    // Under the gate; cleared with the connection.
    private bool _isOutputLost;

    /// <summary>Whether it takes no messages, now or for good.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    public bool OnOutputLost(ConnectionWriter writer)
    {
        using (Gate.Hold())
        {
            // The sender who found out may be late: the connection is another one by now, or gone.
            if (_connection?.Writer != writer) return true;
            DetachOutput();
            _isOutputLost = true;
        }

        _socket.OnRoom();

        // Who closes says so first and then looks at us: one of the two sees the other.
        return !_socket.IsClosing;
    }

    /// <summary>The socket closes: a connection that can only be read is no use any more, and the next one can take what waits.</summary>
    public void EndIfOutputLost()
    {
        bool isLost;
        using (Gate.Hold()) isLost = _isOutputLost;
        if (isLost) Expel?.Invoke(false);
    }

    /// <summary>Under the gate.</summary>
    private void DetachOutput()
    {
        _writer = null;
        if (!OutlivesConnection)
        {
            _isClosed = true;
            DropQueue();
        }

        DropPending();
        _lead.GiveUp();
        MakeRoom();
    }
}
