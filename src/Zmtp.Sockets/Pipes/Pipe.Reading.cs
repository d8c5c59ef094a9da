using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

// The way in: from the connection's reader, or from the pipe at the other end of an inproc connection, to the inbound queue.
internal sealed partial class Pipe : IThreadPoolWorkItem
{
    /// <summary>
    /// Up to here a message over inproc is copied to where others lie; above, its memory changes hands. Message objects that change cores one
    /// by one cost several times what the copy does.
    /// </summary>
    private const int CopiedLength = 4 * 1024;

    private const int CopiedFrames = 64;

    /// <summary>Where one message of <see cref="Append"/> comes, more may follow: a peer tells all its subscriptions one after another.</summary>
    private const int ExpectedOctets = 4 * 1024;

    // Cleared with the connection, which what is still to be received shall not keep.
    private Departure? _departure;

    // The peer whose missing delimiter was told of last.
    private ZmtpPeer? _undelimited;

    public MessageBuffer BeginMessage()
    {
        var message = MessageBuffer.Rent();
        message.Source = Inbound.Source;
        if (RoutingId is not null) message.AppendFrame(RoutingId);
        return message;
    }

    public InboundBatch OpenBatch(int octets) => Inbound.Open(octets);

    public bool EndBatchMessage()
    {
        if (_socket.Wants(Inbound.Open(0).FirstOpenFrame)) Inbound.EndMessage();
        else Inbound.Open(0).DropOpenFrames();
        return Inbound.HasRoom;
    }

    public bool EndMessage(MessageBuffer message)
    {
        if (_socket.Accepts(this, message)) Inbound.Add(message);
        else message.Return();
        return Inbound.HasRoom;
    }

    /// <summary>
    /// A REQ or REP drops a message for want of the empty delimiter, and its sender waits in vain: told once of each connection. By the
    /// reader, or over inproc by the sender.
    /// </summary>
    public void OnUndelimited(MessageBuffer message)
    {
        // An empty message alone shows its sender to a ROUTER, and is no mistake.
        if (message is { FrameCount: 1, Length: 0 } || Peer is not { } peer || peer == _undelimited) return;

        // Over inproc this is under the sender's gates, and a log may be the application's code.
        ThreadPool.UnsafeQueueUserWorkItem(
            static told => told.Socket.OnUndelimited(told.Endpoint, told.Remote),
            (Socket: _socket, Endpoint, Remote: peer.Endpoint),
            preferLocal: false);
        _undelimited = peer;
    }

    public void OnCommand(ReadOnlySpan<byte> body) => _socket.OnCommand(this, body);

    /// <summary>
    /// Adds a message of one frame that the pattern makes of what came otherwise: an octet and others. By the reader, or when there is none;
    /// <see cref="OnReadEnd"/> is to follow.
    /// </summary>
    public void Append(byte first, ReadOnlySpan<byte> rest)
    {
        var length = 1 + rest.Length;
        var expected = Math.Max(length, ExpectedOctets);
        var batch = Inbound.Open(expected);
        if (!batch.HasRoomFor(length))
        {
            OnReadEnd();
            batch = Inbound.Open(expected);
        }

        var place = batch.Reserve(length);
        place[0] = first;
        rest.CopyTo(place[1..]);
        batch.CommitFrame(0, length, more: false);
        Inbound.EndMessage();
    }

    public void OnReadEnd()
    {
        if (Volatile.Read(ref _inprocPeer) is null && Inbound.Weigh()) _socket.OnMemoryShort();
        if (Inbound.Publish()) _socket.Receiver.OnReady(this);
    }

    public ValueTask WaitForRoomAsync()
    {
        var room = Inbound.WaitForRoomAsync();
        if (!room.IsCompleted && !OutlivesConnection) WatchForDeparture();
        return room;
    }

    public bool HasRoom => Inbound.HasRoom;

    public bool HasRoomElseAsk() => Inbound.HasRoomElseAsk();

    public void PassRoomOn() => Inbound.PassRoomOn();

    public void StopWaitingForRoom() => Inbound.StopWaiting();

    /// <summary>Looks for octets of the peer on a thread that waits for a message.</summary>
    /// <returns>Whether there were any.</returns>
    public bool TryRead() => Volatile.Read(ref _connection)?.TryRead() ?? false;

    /// <summary>Lets a thread that waits for a message watch for octets of the peer. False: somebody else does.</summary>
    public bool TryHold(Lookout lookout) =>
        (Volatile.Read(ref _connection) is { } connection ? connection.TryHold(lookout) : Volatile.Read(ref _handshake)?.TryHold(lookout)) ?? false;

    /// <summary>After a handshake's octets have come: goes on with it on a thread that waits for a message, and holds it.</summary>
    /// <returns>Whether there is a handshake that this thread holds.</returns>
    public bool TryShakeHands(Lookout lookout) => Volatile.Read(ref _handshake)?.TryGoOn(lookout) ?? false;

    /// <summary>A handshake begins: the first thread that waits for a message may take it over. By the connecting end.</summary>
    public void BeginHandshake(TransportConnection transport)
    {
        if (transport.Input is not IDirectReader reader) return;
        Volatile.Write(ref _handshake, reader);
        _socket.Receiver.Add(this);
    }

    /// <summary>The handshake is over.</summary>
    /// <param name="hasSucceeded">Whether a connection has come of it.</param>
    public void EndHandshake(bool hasSucceeded)
    {
        Volatile.Write(ref _handshake, null);
        if (!hasSucceeded) _socket.Receiver.Remove(this);
    }

    /// <summary>Whether its last peer is gone, and what came by it counts among the <see cref="Leftovers"/>. By those.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Whether no connection comes by it any more. Guarded by the <see cref="Leftovers"/>.</summary>
    public bool HasEnded { get; set; }

    /// <summary>All of it was received. Under the receiver's gate.</summary>
    public void OnEmptied() => _socket.Leftovers.OnEmptied();

    /// <summary>Whether its octets may lie unread for a moment while nobody waits for a message.</summary>
    public bool MayLieUnread => !IsShakingHands && Volatile.Read(ref _connection) is not { HasHeartbeats: true };

    // By the reader.
    private void WatchForDeparture()
    {
        var departure = Volatile.Read(ref _departure);
        if (departure is null)
        {
            if (Volatile.Read(ref _connection) is not { } connection) return;
            departure = new Departure(this, connection, _socket.Leftovers);
            Volatile.Write(ref _departure, departure);
        }

        departure.OnPause();
    }

    /// <summary>Takes a message of one frame from the pipe at the other end of an inproc connection; called under that one's gate.</summary>
    private bool TryDeliver(ReadOnlySpan<byte> frame)
    {
        if (!Inbound.AskForRoom()) return false;
        if (!TakesBatches || frame.Length > InboundBatch.MaximumCapacity) Deliver(MessageOf(frame));
        else if (_socket.Wants(frame) && Inbound.Append(frame)) _socket.Receiver.OnReady(this);
        return true;
    }

    /// <summary>
    /// As <see cref="TryDeliver(ReadOnlySpan{byte})"/>, a message of any number of frames, for <see cref="TrySend(MessageBuffer, bool, int, byte[], bool)"/>.
    /// </summary>
    private bool TryDeliver(MessageBuffer message, bool keep, int firstFrame)
    {
        if (!Inbound.AskForRoom()) return false;
        var length = message.Length;
        for (var i = 0; i < firstFrame; i++) length -= message.Slot(i).Length;
        if (!TakesBatches || BringsSecrets || length > CopiedLength || message.FrameCount - firstFrame > CopiedFrames)
        {
            Deliver(keep ? Copy(message, firstFrame) : TakeOver(message, firstFrame));
            return true;
        }

        if (_socket.Wants(message.Slot(firstFrame).Span) && Inbound.Append(message, firstFrame, (int)length)) _socket.Receiver.OnReady(this);
        if (!keep) message.Return();
        return true;
    }

    /// <summary>Takes a message from the pipe at the other end of an inproc connection; called under that one's gate.</summary>
    private void Deliver(MessageBuffer message)
    {
        message.Source = Inbound.Source;
        if (RoutingId is not null) message = WithRoutingId(message);
        EndMessage(message);
        OnReadEnd();
    }

    private MessageBuffer WithRoutingId(MessageBuffer message)
    {
        var routed = BeginMessage();
        if (BringsSecrets)
        {
            // A request for a ZAP handler, which erases what it gets: the memory of messages is used again, as it is.
            CopySecrets(message, routed);
        }
        else
        {
            routed.TakeFrames(message);
        }

        message.Return();
        return routed;
    }

    private static void CopySecrets(MessageBuffer message, MessageBuffer routed)
    {
        try
        {
            routed.AppendFrames(message);
        }
        catch
        {
            // For want of memory: nobody gets what there is of it.
            routed.Erase();
            throw;
        }
        finally
        {
            message.Erase();
        }
    }

    /// <summary>There is room again: a guest may have stopped for want of it.</summary>
    private void ReadOn(bool here)
    {
        _isRoomLate = false;
        if (here) TryRead();
        else if (Volatile.Read(ref _connection) is { IsLeftHalfWay: true }) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => TryRead();
}
