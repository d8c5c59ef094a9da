using System.Buffers;
using Zmtp.Engine;
using Zmtp.Threading;
using Zmtp.Wire;

namespace Zmtp.Sockets.Pipes;

// What is for one peer and for no other that comes after it: subscriptions, probes, replies.
internal sealed partial class Pipe
{
    private ZmtpException? _refusal;
    private Pipe? _refusedBy;

    // Octets of subscriptions since the connection's buffer was last nearly empty. Under the gate.
    private long _unsentSubscriptions;
    private ZmtpConnection? _overdue;

    /// <summary>Whether it will take no more messages: its endpoint is given up, or it is gone for good.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>
    /// Sends a message to a peer that may have left meanwhile. False: it has, or its queue is full, or its connection cannot encode the message and
    /// ends; the message is still the caller's. No interrupt ends it: a reply whose request is done with cannot be sent again.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="message">The message; taken over.</param>
    public bool TrySendTo(ZmtpPeer peer, MessageBuffer message)
    {
        var step = SendStep.Nothing;
        ConnectionWriter? writer;
        using (Gate.Hold())
        {
            if (Peer != peer || _isClosed || _isOutputLost || _pending >= _sendMark) return false;
            writer = _writer;
            if (CanEncode(writer))
            {
                if (!writer!.TryTakeMessage(message)) return false;
            }
            else
            {
                if (_inprocPeer is not null) return _inprocPeer.TryDeliver(message, keep: false, firstFrame: 0);
                if (_queuedOctets >= _sendOctets) return false;
                Enqueue(TakeOver(message, firstFrame: 0));
            }

            _pending++;
            if (writer is not null) step = writer.Begin(MayGather);
        }

        if (step != SendStep.Nothing) Send(writer!, step);
        return true;
    }

    /// <summary>
    /// Names the peer that is to come, by its <see cref="RoutingId"/>. If it is another than the last one, what waits to be sent is dropped: it was for
    /// that one, and so is what somebody is about to send who has found the pipe by the last id. While there is no connection. The caller wakes who
    /// waits for room.
    /// </summary>
    /// <returns>Whether it is another.</returns>
    public bool Address(byte[] id)
    {
        using (Gate.Hold())
        {
            var last = RoutingId;
            var isSame = last is not null && id.AsSpan().SequenceEqual(last);
            if (!isSame) RoutingId = id;
            NameSource();
            if (isSame || last is null) return false;
            DropQueue();
            return true;
        }
    }

    /// <summary>
    /// Drops what waits to be sent: it was for the last peer, and the next one is another. While there is no connection. The caller wakes who waits for
    /// room.
    /// </summary>
    public void DropWaiting()
    {
        using (Gate.Hold()) DropQueue();
    }

    /// <summary>
    /// Sends SUBSCRIBE or CANCEL in the form the peer understands. Never dropped, whatever the mark, and ended by no interrupt. Outside all
    /// gates <see cref="LeaveIfRefused"/> is to follow: a connection whose peer takes none ends, and the next one hears of all that is left.
    /// </summary>
    public void SendSubscription(ReadOnlySpan<byte> topic, bool subscribe)
    {
        var step = SendStep.Nothing;
        ConnectionWriter? writer;
        var body = new ArrayBufferWriter<byte>();
        using (Gate.Hold())
        {
            if (_inprocPeer is not null)
            {
                if (_refusedBy is not null) return;
                WriteSubscription(topic, subscribe, body);
                Tell(_inprocPeer, body.WrittenSpan);
                return;
            }

            writer = _writer;
            if (writer is null || IsOverdue(writer, topic.Length)) return;
            try
            {
                if (Peer!.MinorVersion >= 1)
                {
                    WriteSubscription(topic, subscribe, body);
                    writer.WriteCommand(body.WrittenSpan);
                }
                else
                {
                    LegacySubscription.Write(subscribe, topic, body);
                    writer.WriteFrame(body.WrittenSpan, more: false);
                    _pending++;
                }
            }
            catch (Exception e) when (writer.HasFailedWith(e))
            {
                // The end of this connection, and told as such: other publishers are yet to hear of it, and the next connection hears of all topics.
                return;
            }

            step = writer.Begin();
        }

        writer.Send(step);
    }

    /// <summary>Ends the connection if the peer has refused a subscription, which it can over inproc, or takes none. Outside all gates.</summary>
    public void LeaveIfRefused()
    {
        if (Volatile.Read(ref _refusedBy) is not null) Interlocked.Exchange(ref _refusedBy, null)?.Expel?.Invoke(true);
        if (Volatile.Read(ref _overdue) is not null) Interlocked.Exchange(ref _overdue, null)?.Abort(Overdue());
    }

    /// <summary>
    /// Whether a subscription by message may be sent: a publisher in this process that is not received from has no room for more, and an
    /// XSUB that passes subscriptions on from others must be made to wait. If not, <see cref="ZmtpSocket.OnRoom"/> will say when.
    /// </summary>
    public bool HasRoomForSubscription()
    {
        if (Volatile.Read(ref _inprocPeer) is null) return true;
        using (Gate.Hold()) return _inprocPeer is null || _inprocPeer.Inbound.AskForRoom();
    }

    /// <summary>Why this end refuses its peer's subscriptions, once; null: it does not.</summary>
    public ZmtpException? TakeRefusal() => Interlocked.Exchange(ref _refusal, null);

    /// <summary>
    /// Whether so much of subscriptions waits to be sent that the connection ends: where a proxy passes them on, its subscribers make them, and a
    /// publisher that is not read from would fill our memory. What it is told when it comes does not count. Under the gate.
    /// </summary>
    private bool IsOverdue(ConnectionWriter writer, int topicLength)
    {
        if (!IsSubscribed) return false;
        if (writer.BufferedLength < EncodeAhead) _unsentSubscriptions = 0;
        if (_unsentSubscriptions >= _sendOctets)
        {
            _overdue = _connection;
            return true;
        }

        _unsentSubscriptions += topicLength + MessageBuffer.FrameCost;
        return false;
    }

    private ZmtpException Overdue() => new(
        $"The publisher takes no subscriptions: {_sendOctets} octets of them wait to be sent. The connection was ended; the next one begins with " +
        "those that are left. Check that the publisher is at work and, if it is an XPUB, that its application receives.",
        FaultOrigin.Peer,
        mayRetry: true);

    /// <summary>
    /// A command for which a peer over a network would end the connection must not be an error of the call that sends it. Under the gate.
    /// </summary>
    private void Tell(Pipe peer, ReadOnlySpan<byte> command)
    {
        try
        {
            peer.OnCommand(command);
            peer.OnReadEnd();
        }
        catch (ZmtpProtocolException refusal)
        {
            peer._refusal = refusal;
            _refusedBy = peer;
        }
    }

    /// <summary>
    /// What does not wait in the queue is not going to leave. The count may be below zero: it was taken for lost when the pipe was closed, and has left
    /// all the same. Under the gate.
    /// </summary>
    private void DropPending()
    {
        _socket.OnUnsent(_pending - _queue.Count);
        _pending = _queue.Count;
        _lead.GiveUp();
        MakeRoom();
    }

    /// <summary>Shows this end to a ROUTER: before what is queued, and whatever the mark. Under the gate.</summary>
    private void Probe(ConnectionWriter writer)
    {
        writer.WriteFrame([], more: false);
        _pending++;
    }

    private static void WriteSubscription(ReadOnlySpan<byte> topic, bool subscribe, ArrayBufferWriter<byte> body)
    {
        if (subscribe) SubscribeCommand.Write(topic, body);
        else CancelCommand.Write(topic, body);
    }
}
