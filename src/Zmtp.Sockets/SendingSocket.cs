using System.Runtime.CompilerServices;
using System.Text;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets;

/// <summary>
/// A socket that sends. A call completes when the message is queued or on its way, not when it has arrived; what happens when
/// no peer can take it is the pattern's rule. Your memory is yours again when the call completes.
/// </summary>
public abstract partial class SendingSocket : ZmtpSocket
{
    /// <summary>Text up to this many octets is encoded on the stack.</summary>
    private const int StackText = 512;

    private protected SendingSocket(ZmtpContext context, SocketType type, SocketOptions? options)
        : base(context, type, options)
    {
    }

    /// <summary>
    /// How many messages were taken to be sent and dropped before they had left: with a connection that was lost, or when the socket was closed. One
    /// for several peers counts for each of them. What a pattern drops in place of queueing it is not among them (<see cref="DroppedCount"/>), nor what
    /// was lost after it had left.
    /// </summary>
    /// <remarks>A moment's view, also after the socket was closed. It goes down when a message that was taken for lost turns out to have left.</remarks>
    public long UnsentCount => Unsent;

    /// <summary>
    /// How many messages the pattern has dropped in place of queueing them: PUB, XPUB and XSUB those that a peer missed because its queue was full, or its
    /// connection could not encode them, each peer counted; ROUTER without <see cref="SocketOptions.RouterMandatory"/> those to a routing id that nobody
    /// has and to a peer whose queue was full; REP replies to a peer that had left or did not take them. Of the others, which wait or throw: 0. What was
    /// queued and has not left is not among them: <see cref="UnsentCount"/>.
    /// </summary>
    /// <remarks>
    /// Grows only; a moment's view, also after the socket was closed. What a publisher sends to nobody was not wanted, and is not dropped. What a
    /// <see cref="ZmtpProxy"/> sends is counted here as well.
    /// </remarks>
    public long DroppedCount => Dropped;

    /// <summary>Sends a message of one frame.</summary>
    /// <param name="frame">Its octets; must not change until the call has completed.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ThrowIfClosed();
        return TrySendUnlessHeldBack(frame.Span) ? ValueTask.CompletedTask : SendWhenReadyAsync(frame, cancellationToken);
    }

    /// <summary>Sends a message of one frame of text in UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(string text, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        return TrySend(text) ? ValueTask.CompletedTask : SendWhenReadyAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Sends a message and takes it over: the handle is stale once the call has succeeded.</summary>
    /// <param name="message">At least one frame. After a failure or cancellation it is still the caller's.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// The message has no frames; ROUTER: it has only one, the routing id; XSUB: it is a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="HostUnreachableException">
    /// ROUTER with <see cref="SocketOptions.RouterMandatory"/>: no connected peer has this routing id. The task tells, never the call itself.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or the message was disposed or sent already, or is <c>default</c>.</exception>
    public ValueTask SendAsync(Message message, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ThrowIfClosed();
        try
        {
            return TrySendUnlessHeldBack(message) ? ValueTask.CompletedTask : SendWhenReadyAsync(message, cancellationToken);
        }
        catch (HostUnreachableException e)
        {
            // No mistake of the caller's: it is told where it would be after a wait, so that of several sends one that fails keeps none from being made.
            return ValueTask.FromException(e);
        }
    }

    /// <summary>Sends a message of one frame; blocks up to <see cref="SocketOptions.SendTimeout"/>.</summary>
    /// <param name="frame">Its octets.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Send(ReadOnlySpan<byte> frame)
    {
        ThrowIfClosed();
        Deadline? begun = IsHeldBack(frame.Length) ? WaitUntilCaughtUp(frame.Length, Options.SendTimeout) : null;
        if (TrySendNow(frame)) return;
        if (!TrySend(begun ?? new Deadline(Options.SendTimeout), frame)) throw NotInTime(Options.SendTimeout);
    }

    /// <summary>Sends a message of one frame of text in UTF-8; blocks up to <see cref="SocketOptions.SendTimeout"/>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Send(string text)
    {
        if (!TrySend(text)) Send(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a message and takes it over; blocks up to <see cref="SocketOptions.SendTimeout"/>.</summary>
    /// <param name="message">At least one frame. After a failure it is still the caller's.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// The message has no frames; ROUTER: it has only one, the routing id; XSUB: it is a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="HostUnreachableException">ROUTER with <see cref="SocketOptions.RouterMandatory"/>: no connected peer has this routing id.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or the message was disposed or sent already, or is <c>default</c>.</exception>
    public void Send(Message message)
    {
        ThrowIfClosed();
        var length = message.Buffer.Length;
        Deadline? begun = IsHeldBack(length) ? WaitUntilCaughtUp(length, Options.SendTimeout) : null;
        if (TrySend(message)) return;
        if (!TrySend(begun ?? new Deadline(Options.SendTimeout), message)) throw NotInTime(Options.SendTimeout);
    }

    /// <summary>Sends a message of one frame if that is possible at once.</summary>
    /// <param name="frame">Its octets.</param>
    /// <returns>Whether it was sent, or dropped where the pattern has it so.</returns>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        ThrowIfClosed();
        return TrySendNow(frame);
    }

    /// <summary>Sends a message of one frame of text in UTF-8 if that is possible at once.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it was sent, or dropped where the pattern has it so.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TrySend(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > StackText) return TrySend(Encoding.UTF8.GetBytes(text));
        Span<byte> octets = stackalloc byte[StackText];
        Encoding.UTF8.GetBytes(text, octets);
        return TrySend(octets[..length]);
    }

    /// <summary>Sends a message, and takes it over, if that is possible at once.</summary>
    /// <param name="message">At least one frame. Still the caller's when the result is false.</param>
    /// <returns>Whether it was sent, or dropped where the pattern has it so.</returns>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// The message has no frames; ROUTER: it has only one, the routing id; XSUB: it is a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="HostUnreachableException">ROUTER with <see cref="SocketOptions.RouterMandatory"/>: no connected peer has this routing id.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or the message was disposed or sent already, or is <c>default</c>.</exception>
    public bool TrySend(Message message)
    {
        ThrowIfClosed();
        var buffer = message.Buffer;
        if (buffer.FrameCount == 0) throw new ArgumentException("The message has no frames. Append at least one, which may be empty.", nameof(message));
        return TrySendNow(buffer);
    }

    /// <summary>Sends a message of one frame; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <param name="frame">Its octets.</param>
    /// <returns>Whether it was sent in time, or dropped where the pattern has it so. False: nothing was sent.</returns>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TrySend(TimeSpan timeout, ReadOnlySpan<byte> frame)
    {
        ThrowIfClosed();
        if (Deadline.IsNone(timeout)) return TrySendNow(frame);
        Deadline? begun = IsHeldBack(frame.Length) ? WaitUntilCaughtUp(frame.Length, timeout) : null;
        return TrySendNow(frame) || TrySend(begun ?? new Deadline(timeout), frame);
    }

    /// <summary>Sends a message of one frame of text in UTF-8; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <param name="text">The text.</param>
    /// <returns>Whether it was sent in time, or dropped where the pattern has it so. False: nothing was sent.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TrySend(TimeSpan timeout, string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // Short ones are never held back, and need no array if they leave at once.
        if (Deadline.IsNone(timeout) || Encoding.UTF8.GetMaxByteCount(text.Length) < SenderLead.SmallestMessage)
        {
            if (TrySend(text)) return true;
            if (Deadline.IsNone(timeout)) return false;
        }

        return TrySend(timeout, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a message, and takes it over; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <param name="message">At least one frame. Still the caller's when the result is false, and after a failure.</param>
    /// <returns>Whether it was sent in time, or dropped where the pattern has it so. False: nothing was sent.</returns>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// The message has no frames; ROUTER: it has only one, the routing id; XSUB: it is a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="HostUnreachableException">ROUTER with <see cref="SocketOptions.RouterMandatory"/>: no connected peer has this routing id.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or the message was disposed or sent already, or is <c>default</c>.</exception>
    public bool TrySend(TimeSpan timeout, Message message)
    {
        ThrowIfClosed();
        var length = message.Buffer.Length;
        if (Deadline.IsNone(timeout)) return TrySend(message);
        Deadline? begun = IsHeldBack(length) ? WaitUntilCaughtUp(length, timeout) : null;
        return TrySend(message) || TrySend(begun ?? new Deadline(timeout), message);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendWhenReadyAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TrySendForRoom(frame.Length) && TrySend(frame.Span)) return;
            var waiter = EnqueueSender();
            if (TrySendUnlessHeldBack(frame.Span))
            {
                Withdraw(waiter);
                return;
            }

            await waiter.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (TrySendUnlessHeldBack(frame.Span)) return;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendWhenReadyAsync(Message message, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TrySendForRoom(message.Buffer.Length) && TrySend(message)) return;
            var waiter = EnqueueSender();
            if (TrySendUnlessHeldBack(message))
            {
                Withdraw(waiter);
                return;
            }

            await waiter.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (TrySendUnlessHeldBack(message)) return;
        }
    }

    /// <summary>The pipe that all messages go to, if there is only one; null where the pattern does not wait for a peer, or has many.</summary>
    internal virtual Pipe? OnlyPipe => null;

    /// <summary>Whether a call that may wait does so although there is room: <see cref="SenderLead"/>.</summary>
    private bool IsHeldBack(long length) => length >= SenderLead.SmallestMessage && OnlyPipe?.HoldsBack() == true;

    private bool TrySendUnlessHeldBack(ReadOnlySpan<byte> frame) => !IsHeldBack(frame.Length) && TrySend(frame);

    private bool TrySendUnlessHeldBack(Message message) => !IsHeldBack(message.Buffer.Length) && TrySend(message);

    /// <summary>Whether a sender that found no room may have made some, by doing what it would have waited for.</summary>
    private bool TrySendForRoom(long length) => OnlyPipe?.TrySendForRoom(length) == true;

    /// <summary>Holds a sender back for no longer than it may wait for room; then the message is sent all the same.</summary>
    /// <returns>What is left of the time, for the wait for room.</returns>
    private Deadline WaitUntilCaughtUp(long length, TimeSpan timeout)
    {
        var deadline = new Deadline(timeout);
        using var blocked = BlockedPoolThread.Enter();
        while (true)
        {
            var waiter = EnqueueSender();
            if (!IsHeldBack(length))
            {
                Withdraw(waiter);
                return deadline;
            }

            if (!waiter.Wait(deadline.Rest, out _) || !IsHeldBack(length)) return deadline;
        }
    }

    /// <summary>For a message that nobody took: blocks until somebody does. False: the time is over.</summary>
    private bool TrySend(Deadline deadline, ReadOnlySpan<byte> frame)
    {
        while (true)
        {
            if (TrySendForRoom(frame.Length) && TrySend(frame)) return true;
            var waiter = EnqueueSender();
            if (TrySend(frame))
            {
                Withdraw(waiter);
                return true;
            }

            if (!Wait(waiter, deadline)) return false;
            if (TrySend(frame)) return true;
        }
    }

    private bool TrySend(Deadline deadline, Message message)
    {
        while (true)
        {
            if (TrySendForRoom(message.Buffer.Length) && TrySend(message)) return true;
            var waiter = EnqueueSender();
            if (TrySend(message))
            {
                Withdraw(waiter);
                return true;
            }

            if (!Wait(waiter, deadline)) return false;
            if (TrySend(message)) return true;
        }
    }

    // Woken meanwhile: the others were woken with it, so nobody misses anything.
    private static void Withdraw(Waiter<bool> waiter) => waiter.Discard();

    private static bool Wait(Waiter<bool> waiter, Deadline deadline)
    {
        using var blocked = BlockedPoolThread.Enter();
        return waiter.Wait(deadline.Rest, out _);
    }

    private TimeoutException NotInTime(TimeSpan timeout) => Absence.NotInTime(
        this, $"No peer could take the message within {timeout.TotalSeconds:0.###} s.", "Check that a peer is connected and that it receives.");
}
