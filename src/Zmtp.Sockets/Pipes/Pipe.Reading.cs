using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

// The way in: from the connection's reader, or from the pipe at the other end of an inproc connection, to the inbound queue.
internal sealed partial class Pipe : IThreadPoolWorkItem
{
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

    public void OnCommand(ReadOnlySpan<byte> body) => _socket.OnCommand(this, body);

    public void OnReadEnd()
    {
        if (Inbound.Publish()) _socket.Receiver.OnReady(this);
    }

    public ValueTask WaitForRoomAsync() => Inbound.WaitForRoomAsync();

    public bool HasRoom => Inbound.HasRoom;

    public bool WantsRoomInVain() => Inbound.WantsRoomInVain();

    public void PassRoomOn() => Inbound.PassRoomOn();

    public void StopWaitingForRoom() => Inbound.StopWaiting();

    /// <summary>Looks for octets of the peer on the thread of someone who waits for a message.</summary>
    /// <returns>Whether there were any.</returns>
    public bool TryRead() => Volatile.Read(ref _connection)?.TryRead() ?? false;

    /// <summary>Lets a thread that waits for a message watch for octets of the peer. False: somebody else does.</summary>
    public bool TryHold(Lookout lookout) => Volatile.Read(ref _connection)?.TryHold(lookout) ?? false;

    /// <summary>Whether its octets may lie unread for a moment while nobody waits for a message.</summary>
    public bool MayLieUnread => Volatile.Read(ref _connection) is not { HasHeartbeats: true };

    /// <summary>Takes a message of one frame from the pipe at the other end of an inproc connection; called under that one's gate.</summary>
    private bool TryDeliver(ReadOnlySpan<byte> frame)
    {
        if (!Inbound.AskForRoom()) return false;
        if (!TakesBatches || frame.Length > InboundBatch.MaximumCapacity) Deliver(MessageOf(frame));
        else if (_socket.Wants(frame) && Inbound.Append(frame)) _socket.Receiver.OnReady(this);
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
        routed.AppendFrames(message);
        message.Return();
        return routed;
    }

    /// <summary>A guest has stopped for want of room, which there is now.</summary>
    private void ReadOn(bool here)
    {
        if (here) TryRead();
        else if (Volatile.Read(ref _connection) is { IsLeftHalfWay: true }) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => TryRead();
}
