using Zmtp.Engine;
using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

// How senders find no room, and hear of it when there is some again.
internal sealed partial class Pipe
{
    // A sender was refused since there was room last. Under the gate. Else a sender that waits for one peer is woken by each message to
    // another.
    private bool _isRoomWanted;

    /// <summary>Where it takes its turns; null where the pattern picks pipes otherwise.</summary>
    public LoadBalancer? Balancer { get; set; }

    /// <summary>Its place among the turns, -1 without one. Guarded by the <see cref="Balancer"/>.</summary>
    public int Seat { get; set; } = -1;

    public void OnSent(ConnectionWriter writer, int messages)
    {
        bool isLow;
        bool isWanted;
        using (Gate.Hold())
        {
            // A connection that is gone took its messages out of the count when it was detached, as unsent.
            if (writer != _writer)
            {
                _socket.OnUnsent(-messages);
                return;
            }

            _pending -= messages;
            isLow = _pending <= _sendMark / 2 && _queuedOctets <= _sendOctets / 2;
            isWanted = isLow && _isRoomWanted;
            if (isWanted) MakeRoom();
            isWanted |= _lead.CatchUp(_queuedOctets);
        }

        if (isWanted) _socket.OnRoom();
        else if (isLow) _socket.Endpoints.OnRoom();
    }

    /// <summary>Whether there is room under the marks. Without the gate, a hint.</summary>
    private bool HasRoomToSend => !Volatile.Read(ref _isClosed) && Pending < _sendMark && Volatile.Read(ref _queuedOctets) < _sendOctets;

    /// <summary>
    /// Whether a large frame that the caller keeps is not going to be copied here: it is encoded at once, or there is no room for it. Without the
    /// gate, a hint.
    /// </summary>
    public bool NeedsNoCopyOf(ReadOnlySpan<byte> frame)
    {
        if (Volatile.Read(ref _inprocPeer) is { } peer) return !peer.Inbound.MayHaveRoom;
        if (!HasRoomToSend) return true;
        var writer = Volatile.Read(ref _writer);
        return CanEncode(writer) && (writer!.IsSealing || frame.Length < OutgoingBuffer.ApartLength);
    }

    /// <summary>As <see cref="HasRoomToSend"/>. If not, the sender counts as refused.</summary>
    private bool HasRoomElseRefuse()
    {
        if (HasRoomToSend) return true;
        using (Gate.Hold()) return HasRoomToSend || Refuse();
    }

    /// <summary>There is no room: the thread that makes some will say so, and until then no sender needs to ask. Under the gate.</summary>
    /// <returns>False.</returns>
    private bool Refuse()
    {
        _isRoomWanted = true;
        if (Balancer is null) return false;
        Balancer.PassOver(this);

        // Over inproc room is made without our gate: it may have been since we asked, and before we were passed over.
        if (_inprocPeer is { Inbound.IsRoomAskedFor: false }) Balancer.Readmit(this);
        return false;
    }

    /// <summary>There is room, or the prospect of some. The caller wakes the senders that wait for it, after leaving the gate.</summary>
    private void MakeRoom()
    {
        _isRoomWanted = false;
        Balancer?.Readmit(this);
    }

    /// <summary>
    /// The receivers at the other end of an inproc connection have made room. Not under the gate, which must not be entered here: this may be
    /// a thread that sends to the same receivers through another pipe, under the gate of that one.
    /// </summary>
    private void OnRoomAtPeer(bool here)
    {
        Balancer?.Readmit(this);
        _socket.OnRoom();
    }
}
