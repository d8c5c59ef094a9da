using System.Runtime.CompilerServices;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets;

/// <summary>
/// REP: receives a request, peers taking turns, then sends the reply to the peer that asked (RFC 28). The order is strict. A reply to a
/// peer that has left, or that does not take it, is dropped. Requests without the empty delimiter are dropped.
/// </summary>
public sealed class RepSocket : DuplexSocket
{
    private readonly Lock _gate = new();

    // Under the gate, but for the end of a reply: while one is being sent nobody else changes it.
    private volatile State _state = State.Ready;
    private InboundSource? _asker;
    private MessageBuffer? _envelope;

    /// <summary>Creates a REP socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public RepSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Rep, options)
    {
    }

    private enum State
    {
        Ready,
        Receiving,
        Replying,
        Sending,
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The last request has not been answered, or its reply is still being sent on another thread, or another receive is waiting.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        BeginReceive();
        try
        {
            var message = await base.ReceiveAsync(cancellationToken).ConfigureAwait(false);
            TakeEnvelope(message.Buffer);
            return message;
        }
        finally
        {
            EndReceive();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The last request has not been answered, or its reply is still being sent on another thread, or another receive is waiting.
    /// </exception>
    public override bool TryReceive(TimeSpan timeout, out Message message)
    {
        BeginReceive();
        try
        {
            if (!base.TryReceive(timeout, out message)) return false;
            TakeEnvelope(message.Buffer);
            return true;
        }
        finally
        {
            EndReceive();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The last request has not been answered, or its reply is still being sent on another thread, or another receive is waiting.
    /// </exception>
    public override ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (IsClosing) return new ValueTask<bool>(false);
        lock (_gate) ThrowUnlessReady();
        return base.WaitToReceiveAsync(cancellationToken);
    }

    internal override bool TakesBatches => false;

    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        if (FindDelimiter(message) is >= 0 and var at && at + 1 < message.FrameCount) return true;
        pipe.OnUndelimited(message);
        return false;
    }

    internal override void OnDetached(Pipe pipe)
    {
        // Replies to the one that has left. At the accepting end they went with the pipe.
        if (!pipe.OutlivesConnection) return;
        pipe.DropWaiting();
        OnRoom();
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        InboundSource asker;
        MessageBuffer reply;
        lock (_gate)
        {
            if (_state != State.Replying) throw new InvalidOperationException("A REP socket sends only after it has received a request.");
            asker = _asker!;
            reply = _envelope!;
            _asker = null;
            _envelope = null;
            _state = State.Sending;
        }

        try
        {
            // Whatever fails: until the end the message is the caller's, which gives it back then. Who owns the reply is not known then: it
            // is left to the garbage collector.
            reply.TakeFrames(message);
            if (!((Pipe)asker.Origin).TrySendTo(asker.Peer!, reply))
            {
                OnDropped(1);
                reply.Return();
            }
        }
        finally
        {
            // Not before: the next request may be received on another thread, and its reply pass this one.
            _state = State.Ready;
        }

        message.Return();
        return true;
    }

    private void BeginReceive()
    {
        ThrowIfClosed();
        lock (_gate)
        {
            ThrowUnlessReady();
            _state = State.Receiving;
        }
    }

    private void ThrowUnlessReady()
    {
        if (_state == State.Ready) return;
        throw new InvalidOperationException(
            "A REP socket handles one request at a time. " +
            _state switch
            {
                State.Receiving => "Another receive is waiting for it.",
                State.Sending => "The reply to the last one is being sent.",
                _ => "Send the reply to the last one before receiving another.",
            });
    }

    // An interrupt must not lose the request that was taken, nor leave the socket receiving for ever.
    private void EndReceive()
    {
        using (_gate.Hold())
        {
            if (_state == State.Receiving) _state = State.Ready;
        }
    }

    /// <summary>Everything up to the first empty frame goes back with the reply.</summary>
    private void TakeEnvelope(MessageBuffer message)
    {
        var frames = FindDelimiter(message) + 1;
        var envelope = MessageBuffer.Rent();
        for (var i = 0; i < frames; i++) envelope.AppendFrame(message.Slot(i).Span);
        message.RemoveFirstFrames(frames);
        using (_gate.Hold())
        {
            _asker = message.Source;
            _envelope = envelope;
            _state = State.Replying;
        }
    }

    private static int FindDelimiter(MessageBuffer message)
    {
        for (var i = 0; i < message.FrameCount; i++)
        {
            if (message.Slot(i).Length == 0) return i;
        }

        return -1;
    }
}
