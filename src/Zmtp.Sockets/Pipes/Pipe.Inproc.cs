using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

// How it is joined to the pipe at the other end of an inproc connection.
internal sealed partial class Pipe
{
    /// <summary>Names the peer at the other end of an inproc connection, before the two pipes are joined.</summary>
    public void Introduce(ZmtpPeer peer, int inboundMark)
    {
        Peer = peer;
        NameSource();
        Inbound.HighWaterMark = inboundMark;
    }

    /// <summary>Joins this pipe to the one at the other end of an inproc connection.</summary>
    public void Attach(Pipe inprocPeer)
    {
        using (Gate.Hold())
        {
            IsExpelled = false;
            _isClosed = _isRetired;
            _inprocPeer = inprocPeer;
            inprocPeer.Inbound.RoomAgain = OnRoomAtPeer;
            if (_probes) inprocPeer.Deliver(MessageOf([]));
            while (_queue.TryDequeue(out var message)) inprocPeer.Deliver(message);
            _queuedOctets = 0;
            _pending = 0;
            MakeRoom();
        }

        _socket.OnRoom();
    }
}
