using System.Runtime.CompilerServices;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets;

/// <summary>
/// REQ: sends a request to one peer, in turn, then receives that peer's reply (RFC 28). The order is strict. Anything that is not the
/// awaited reply is dropped.
/// </summary>
public sealed class ReqSocket : DuplexSocket
{
    private readonly Lock _gate = new();
    private readonly LoadBalancer _balancer = new();
    private readonly Action<Pipe> _expect;
    private Pipe? _asked;
    private bool _isAwaiting;
    private bool _isReplyHere;

    // Set while the connection of a request that was given up is being renewed: the next request would still go out on the old one.
    private bool _isRenewing;
    private long _request;

    /// <summary>Creates a REQ socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public ReqSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Req, options)
    {
        _expect = pipe => _asked = pipe;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// No request is under way: send one first; or it was given up with <see cref="Reset"/> meanwhile, or another call has received its reply.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        var round = ThrowUnlessAwaiting();
        while (true)
        {
            var message = await Receiver.ReceiveAsync(cancellationToken, round).ConfigureAwait(false);
            if (EndRequest(message)) return message;
            message.Dispose();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// No request is under way: send one first; or it was given up with <see cref="Reset"/> meanwhile, or another call has received its reply.
    /// </exception>
    public override bool TryReceive(TimeSpan timeout, out Message message)
    {
        var round = ThrowUnlessAwaiting();
        var deadline = new Deadline(timeout);
        while (Receiver.TryReceive(deadline.Rest, out message, round))
        {
            if (EndRequest(message)) return true;
            message.Dispose();
        }

        return false;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// No request is under way: send one first; or it was given up with <see cref="Reset"/> meanwhile, or another call has received its reply.
    /// </exception>
    public override ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) =>
        IsClosing ? new ValueTask<bool>(false) : Receiver.WaitToReceiveAsync(cancellationToken, RoundOfRequest());

    /// <summary>
    /// Gives the request under way up, so that another can be sent: after a timeout, or when the peer has died. A late reply is
    /// dropped. The connection to the peer that was asked ends, unless its reply is here already. Calls that still wait for that reply, also
    /// blocked ones, fail with <see cref="InvalidOperationException"/>: the next reply is not theirs.
    /// </summary>
    /// <remarks>
    /// Where this socket connects, a new connection follows after <see cref="SocketOptions.ReconnectInterval"/>, over inproc at once, and none
    /// if that is infinite: then the endpoint is given up, as <see cref="SocketEventKind.ConnectStopped"/> says. Where it is bound, the peer may
    /// come again. Does nothing if no request is under way. What another thread sends meanwhile waits until this is done, and finds no room if it
    /// may not wait.
    /// </remarks>
    public void Reset()
    {
        Pipe? asked;
        IReadOnlyList<IWaiter> abandoned = [];
        lock (_gate)
        {
            // Under the gate: a call that receives after the next request was sent is not meant.
            if (_isAwaiting) abandoned = Receiver.EndRound();
            asked = _isAwaiting && !_isReplyHere ? _asked : null;
            if (asked is not null) _isRenewing = asked.IsExpelled = true;
            _isAwaiting = false;
            _isReplyHere = false;
            _asked = null;
        }

        // Nothing on the wire tells the reply to this request from the reply to the next one; so, as in libzmq, the connection is
        // renewed.
        if (asked is not null) RenewConnection(asked);
        foreach (var waiter in abandoned) waiter.Fail(Receiver.GivenUp());
    }

    internal override void OnPipeAdded(Pipe pipe) => _balancer.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _balancer.Remove(pipe);

    internal override bool TakesBatches => false;

    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        using (_gate.Hold())
        {
            if (!_isAwaiting || _isReplyHere || _asked != pipe || pipe.IsExpelled) return false;
            if (message.FrameCount >= 2 && message.Slot(0).Length == 0)
            {
                message.RemoveFirstFrames(1);
                message.Tag = _request;
                return _isReplyHere = true;
            }

            pipe.OnUndelimited(message);
            return false;
        }
    }

    internal override bool TrySendNow(ReadOnlySpan<byte> frame)
    {
        // No copy where no peer can take it: it may be large, and tried again and again. A send out of turn still throws.
        return (_balancer.MayHaveRoom || Volatile.Read(ref _isAwaiting)) && base.TrySendNow(frame);
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        lock (_gate)
        {
            if (_isAwaiting)
            {
                throw new InvalidOperationException(
                    "A REQ socket waits for the reply to its last request. Receive it, or give it up with Reset, before sending another.");
            }

            return !_isRenewing && _balancer.MayHaveRoom && TrySendRequest(message);
        }
    }

    private void RenewConnection(Pipe asked)
    {
        try
        {
            asked.Renew();
        }
        finally
        {
            using (_gate.Hold()) _isRenewing = false;

            // A sender that came in between waits as if there were no room.
            OnRoom();
        }
    }

    /// <summary>Puts the delimiter in front and sends. Under the gate, on which the reader's thread waits: nothing large is copied here.</summary>
    private bool TrySendRequest(MessageBuffer message)
    {
        var version = message.Version;
        message.PrependEmptyFrame();
        _isAwaiting = true;
        _request++;
        var isSent = false;
        try
        {
            isSent = _balancer.TrySend(message, _expect);
            return isSent;
        }
        finally
        {
            // Also when it fails. If the pipe has taken the message over, its version is another; else it is the caller's, as it was.
            _isAwaiting = isSent;
            if (!isSent && message.Version == version) message.RemoveFirstFrames(1);
        }
    }

    /// <returns>The receiver's round.</returns>
    private int ThrowUnlessAwaiting()
    {
        ThrowIfClosed();
        return RoundOfRequest();
    }

    private int RoundOfRequest()
    {
        lock (_gate)
        {
            if (!_isAwaiting) throw new InvalidOperationException("A REQ socket receives only after it has sent a request.");
            return Receiver.Round;
        }
    }

    /// <summary>False: it is the reply to a request that was given up.</summary>
    private bool EndRequest(Message reply)
    {
        IReadOnlyList<IWaiter> others;

        // The reply has been taken: an interrupt must not lose it.
        using (_gate.Hold())
        {
            if (!_isAwaiting || reply.Buffer.Tag != _request) return false;

            // There is one reply: another call that waits for it would take the next one.
            others = Receiver.EndRound();
            _isAwaiting = false;
            _isReplyHere = false;
            _asked = null;
        }

        for (var i = 0; i < others.Count; i++) others[i].Fail(Receiver.GivenUp());
        return true;
    }
}
