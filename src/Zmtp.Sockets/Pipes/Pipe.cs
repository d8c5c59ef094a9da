using Zmtp.Engine;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The queue pair of one peer. Outgoing messages are encoded straight into the connection's buffer while there is one with room;
/// otherwise they wait here, in a form that survives a reconnect. High-water marks count messages, and what waits here in octets too.
/// </summary>
/// <remarks>
/// <see cref="Gate"/> guards the outgoing side. The order in which it and others are taken is invariant 8 of docs/ARCHITECTURE.md.
/// </remarks>
internal sealed partial class Pipe : IConnectionOwner
{
    /// <summary>
    /// How far encoding may run ahead of the network. What is beyond waits as messages and survives the connection; what is
    /// encoded is lost with it.
    /// </summary>
    private const long EncodeAhead = 256 * 1024;

    private readonly ZmtpSocket _socket;
    private readonly Queue<MessageBuffer> _queue = new();
    private readonly int _sendMark;
    private readonly long _sendOctets;
    private readonly bool _probes;
    private ConnectionWriter? _writer;
    private ZmtpConnection? _connection;
    private IDirectReader? _handshake;
    private Pipe? _inprocPeer;
    private int _pending;
    private long _queuedOctets;
    private bool _isClosed;
    private bool _isRetired;

    /// <param name="socket">The socket it belongs to.</param>
    /// <param name="endpoint">The endpoint as it was bound or connected.</param>
    /// <param name="outlivesConnection">Whether another connection may follow when this one is lost: at the connecting end.</param>
    /// <param name="isParked">Whether it takes messages only once it is joined to the pipe at the other end of an inproc connection.</param>
    public Pipe(ZmtpSocket socket, string endpoint, bool outlivesConnection, bool isParked = false)
    {
        _socket = socket;
        _isClosed = isParked;
        Endpoint = endpoint;
        BringsSecrets = endpoint == ZapHandler.Endpoint;
        OutlivesConnection = outlivesConnection;
        var options = socket.Options;
        _probes = options.ProbeRouter && socket.Type is SocketType.Req or SocketType.Dealer or SocketType.Router;
        _sendMark = options.SendHighWaterMark == 0 ? int.MaxValue : options.SendHighWaterMark;
        _sendOctets = SocketOptionsRules.LimitOf(options.SendHighWaterOctets);
        Inbound = new InboundQueue(options.ReceiveHighWaterMark, SocketOptionsRules.LimitOf(options.ReceiveHighWaterOctets));
    }

    public Lock Gate { get; } = new();

    public InboundQueue Inbound { get; }

    /// <summary>The endpoint as it was bound or connected.</summary>
    public string Endpoint { get; }

    /// <summary>
    /// Whether the queues stay when the connection is lost, for the next one (RFC 28 to 31: created when connecting). Otherwise they
    /// go with the peer.
    /// </summary>
    public bool OutlivesConnection { get; }

    /// <summary>The peer; null while there is no connection.</summary>
    public ZmtpPeer? Peer { get; private set; }

    /// <summary>
    /// What ROUTER puts in front of messages from this peer; null for other types. Changed by <see cref="Address"/> alone, for another peer: the same
    /// array means the same one.
    /// </summary>
    public byte[]? RoutingId { get; private set; }

    public bool TakesBatches => _socket.TakesBatches;

    public bool IsFilledAlone => _spread == 1 && _socket.Spread == 1;

    /// <summary>What the peer subscribed to; PUB and XPUB only.</summary>
    public Subscriber? Subscriber { get; set; }

    /// <summary>Whether a SUB or XSUB socket has told this peer its subscriptions. Guarded by the socket.</summary>
    public bool IsSubscribed { get; set; }

    /// <summary>
    /// Ends the connection; null while there is none. With true another peer has taken its place, which is not to be taken back at once.
    /// To be called outside all gates.
    /// </summary>
    public Action<bool>? Expel { get; set; }

    /// <summary>
    /// Whether the connection is being replaced: what still comes in on it is nobody's. Cleared by the next connection. Written under the
    /// <see cref="Gate"/>, or under that of the REQ socket which gives up a request, and alone asks, under its own.
    /// </summary>
    public bool IsExpelled { get; set; }

    /// <summary>Whether its messages are requests to a ZAP handler, which must be zeroed when they are dropped.</summary>
    public bool BringsSecrets { get; }

    /// <summary>Whether it is among the <see cref="Gathering"/>, and guarded by it.</summary>
    public bool IsGathering { get; set; }

    /// <summary>Whether what gathers in it was left to a promise; guarded by the <see cref="Gathering"/>.</summary>
    public bool IsPromised { get; set; }

    /// <summary>Whether a handshake is under way that a thread which waits for a message may take over; a hint.</summary>
    public bool IsShakingHands => Volatile.Read(ref _handshake) is not null;

    /// <summary>Messages that the transport has not taken yet.</summary>
    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Sends one frame as a message. False: the queue is full, or takes nothing any more; nothing was done.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isOneOfMany">
    /// Others may have got it before, so that an interrupt is put off, which costs a call. Else it ends this one, and nothing was done.
    /// </param>
    public bool TrySend(ReadOnlySpan<byte> frame, bool isOneOfMany = false)
    {
        if (frame.Length >= OutgoingBuffer.ApartLength && IsCopiedFirst()) return HasRoomElseRefuse() && TrySendOwn(MessageOf(frame));
        var step = SendStep.Nothing;
        var isFarBehind = false;
        ConnectionWriter? writer;
        using (isOneOfMany ? Gate.Hold() : Gate.EnterScope())
        {
            if (_isClosed || _pending >= _sendMark) return Refuse();
            writer = _writer;
            if (CanEncode(writer))
            {
                writer!.WriteFrame(frame, more: false);
            }
            else
            {
                if (_inprocPeer is not null) return _inprocPeer.TryDeliver(frame) || Refuse();
                if (_queuedOctets >= _sendOctets) return Refuse();
                Enqueue(MessageOf(frame));
                isFarBehind = IsForSender(frame.Length);
            }

            _pending++;
            if (writer is not null) step = writer.Begin(MayGather, isFarBehind);
        }

        if (step != SendStep.Nothing) Send(writer!, step);
        return true;
    }

    /// <summary>Sends a message. False: the queue is full, or takes nothing any more; the message is still the caller's.</summary>
    /// <param name="message">The message; taken over unless <paramref name="keep"/>.</param>
    /// <param name="keep">The caller keeps the message: what has to wait is copied.</param>
    /// <param name="firstFrame">The frames before it stay here: ROUTER's address.</param>
    /// <param name="routingId">
    /// The <see cref="RoutingId"/> by which the pipe was found; null where none was looked for. False also if it leads to another peer by now.
    /// </param>
    /// <param name="isOneOfMany">
    /// Others may have got it before, so that an interrupt is put off, which costs a call. Else it ends this one, and nothing was done.
    /// </param>
    public bool TrySend(MessageBuffer message, bool keep = false, int firstFrame = 0, byte[]? routingId = null, bool isOneOfMany = false)
    {
        if (keep && message.Length >= OutgoingBuffer.ApartLength && IsCopiedFirst())
        {
            return HasRoomElseRefuse() && TrySendOwn(Copy(message, firstFrame));
        }

        var step = SendStep.Nothing;
        var isFarBehind = false;
        ConnectionWriter? writer;
        using (isOneOfMany ? Gate.Hold() : Gate.EnterScope())
        {
            if (routingId is not null && routingId != RoutingId) return false;
            if (_isClosed || _pending >= _sendMark) return Refuse();
            writer = _writer;
            if (CanEncode(writer))
            {
                if (keep) writer!.WriteMessage(message, firstFrame);
                else writer!.TakeMessage(message, firstFrame);
            }
            else
            {
                if (_inprocPeer is not null) return _inprocPeer.TryDeliver(message, keep, firstFrame) || Refuse();
                if (_queuedOctets >= _sendOctets) return Refuse();
                isFarBehind = IsForSender(message.Length);
                Enqueue(keep ? Copy(message, firstFrame) : TakeOver(message, firstFrame));
            }

            _pending++;
            if (writer is not null) step = writer.Begin(MayGather, isFarBehind);
        }

        if (step != SendStep.Nothing) Send(writer!, step);
        return true;
    }

    /// <summary>Sends what has gathered, if nobody has come for it yet. On the sender's thread.</summary>
    public void Flush() => Volatile.Read(ref _writer)?.Flush();

    /// <summary>Has sent, on the pool, what gathered and was forgotten.</summary>
    public void SendForgotten() => Volatile.Read(ref _writer)?.SendForgotten();

    /// <summary>A connection is up: what waited here goes out first.</summary>
    public void Attach(ZmtpConnection connection)
    {
        SendStep step;
        var writer = connection.Writer;
        writer.GathersLonger = Subscriber is not null;
        using (Gate.Hold())
        {
            Peer = connection.Peer;
            NameSource();
            IsExpelled = false;
            _unsentSubscriptions = 0;
            _writer = writer;
            _connection = connection;
            Inbound.RoomAgain = ReadOn;
            if (_probes) Probe(writer);
            Refill(writer);
            MakeRoom();
            step = writer.Begin();
        }

        _socket.Receiver.Add(this);
        writer.Send(step);
        _socket.OnRoom();
    }

    /// <summary>Drops what waits to be sent and ends the connection; the next one, or one that is yet to come, begins with what is sent from now on.</summary>
    public void Renew()
    {
        Action<bool>? expel = null;
        using (Gate.Hold())
        {
            var isAttached = _writer is not null || _inprocPeer is not null;
            _writer = null;
            _inprocPeer = null;
            DropQueue();
            _isClosed |= isAttached && !OutlivesConnection;

            // Again: it may have come since it was found to be nobody's, and what it was sent may be answered yet.
            IsExpelled |= isAttached;

            // Here: outside the gate it may be that of the next connection by then.
            if (isAttached) expel = Expel;
        }

        expel?.Invoke(false);
        _socket.OnRoom();
    }

    /// <summary>
    /// The connection is gone. What was encoded for it is lost with it; what waited here goes on waiting, if another connection may
    /// follow.
    /// </summary>
    public void Detach()
    {
        Part();
        _socket.Receiver.Remove(this);
        _socket.OnRoom();
    }

    /// <summary>The part of <see cref="Detach"/> that wakes nobody: nothing more is sent by the connection.</summary>
    /// <returns>The peer.</returns>
    public ZmtpPeer? Part()
    {
        using (Gate.Hold())
        {
            var peer = Peer;
            DetachOutput();
            EndLostOutput();
            _connection = null;
            _inprocPeer = null;
            Peer = null;
            Inbound.RoomAgain = null;

            // What is left in the queue, and messages that the application keeps, would keep the connection by it.
            Expel = null;
            return peer;
        }
    }

    /// <summary>Takes no more messages; what waits may still leave.</summary>
    public void Retire()
    {
        using (Gate.Hold()) _isClosed = _isRetired = true;
    }

    /// <summary>Takes no more messages and drops those that wait. What has arrived stays readable.</summary>
    public void Close()
    {
        using (Gate.Hold())
        {
            _isClosed = _isRetired = true;
            DropQueue();
        }

        _socket.OnRoom();
    }

    public void Refill(ConnectionWriter writer)
    {
        while (writer == _writer && writer.BufferedLength < EncodeAhead && _queue.TryDequeue(out var message))
        {
            _queuedOctets -= message.CostAsWhole;
            _lead.OnLeft(message.CostAsWhole, _socket.Context.Time);
            if (!writer.TryTakeMessage(message)) return;
        }
    }

    /// <summary>
    /// Whether a large message that the caller keeps is copied before the gate is entered: where it waits as a message, or as one in the
    /// connection's buffer. A sender that copies within comes back to the gate before the thread that sends has woken up for it, which then
    /// gets in every 100 ms, when the lock lets nobody pass any more: 10 messages of 1 MiB per second, and a queue that grows to the mark.
    /// What is sealed at once has its one pass within, for nonces go up in the order of sending. Without the gate, a hint.
    /// </summary>
    private bool IsCopiedFirst()
    {
        var writer = Volatile.Read(ref _writer);
        return Volatile.Read(ref _inprocPeer) is null && (writer is not { IsSealing: true } || !CanEncode(writer));
    }

    // An interrupt would lose the copy, beside which it costs nothing to put it off.
    private bool TrySendOwn(MessageBuffer message)
    {
        if (TrySend(message, isOneOfMany: true)) return true;
        message.Return();
        return false;
    }

    /// <summary>
    /// Whether more is likely to be sent before it leaves. Half-way to the mark it leaves first: a ROUTER would drop what comes then. Under the gate.
    /// </summary>
    private bool MayGather => _socket.Gathering is not null && _pending < _sendMark / 2 && _socket.Receiver.IsBusyHere;

    private void Send(ConnectionWriter writer, SendStep step)
    {
        if (step == SendStep.Call) _socket.Gathering?.Add(this, isPromised: false);
        if (writer.Send(step)) _socket.Gathering!.Add(this, isPromised: true);
    }

    private void NameSource() => Inbound.Source = new InboundSource(Peer, this, RoutingId);

    private void DropQueue()
    {
        while (_queue.TryDequeue(out var message))
        {
            if (BringsSecrets) message.Erase();
            message.Return();
        }

        _queuedOctets = 0;
        DropPending();
    }

    private void Enqueue(MessageBuffer message)
    {
        _queuedOctets += message.CostAsWhole;
        _queue.Enqueue(message);
        LookAhead();
    }

    private bool CanEncode(ConnectionWriter? writer) =>
        writer is not null && _queue.Count == 0 && writer.BufferedLength < EncodeAhead;

    private static MessageBuffer MessageOf(ReadOnlySpan<byte> frame)
    {
        var message = MessageBuffer.Rent();
        message.AppendFrame(frame);
        return message;
    }

    private MessageBuffer Copy(MessageBuffer message, int firstFrame)
    {
        var copy = MessageBuffer.Rent();

        // What is erased in the end must be nobody else's.
        if (BringsSecrets) copy.AppendFrames(message, firstFrame);
        else copy.AppendShared(message, firstFrame);
        return copy;
    }

    // Before anybody else can see the buffer: from here on the sender's handle is stale.
    private static MessageBuffer TakeOver(MessageBuffer message, int firstFrame)
    {
        message.Disown();
        message.RemoveFirstFrames(firstFrame);
        message.Source = null;
        return message;
    }
}
