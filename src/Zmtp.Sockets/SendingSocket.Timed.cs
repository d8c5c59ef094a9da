using System.Runtime.CompilerServices;
using System.Text;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

// Asynchronous sends with a time of their own.
public abstract partial class SendingSocket
{
    /// <summary>Sends a message of one frame; waits up to a time of its own.</summary>
    /// <param name="timeout">
    /// How long, by the context's clock; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.
    /// </param>
    /// <param name="frame">Its octets; must not change until the call has completed.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">It has to wait, and the time is longer than 49 days and not infinite.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(TimeSpan timeout, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return SendAsync(frame, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ThrowIfClosed();
        if (Deadline.IsNone(timeout)) return TrySendNow(frame.Span) ? ValueTask.CompletedTask : ValueTask.FromException(NotInTime(timeout));
        return TrySendUnlessHeldBack(frame.Span) ? ValueTask.CompletedTask : SendInTimeAsync(timeout, frame, cancellationToken);
    }

    /// <summary>Sends a message of one frame of text in UTF-8; waits up to a time of its own.</summary>
    /// <param name="timeout">
    /// How long, by the context's clock; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.
    /// </param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has to wait, and the time is longer than 49 days and not infinite.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// ROUTER: one frame is only the routing id, and nothing to send. XSUB: a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask SendAsync(TimeSpan timeout, string text, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return SendAsync(text, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (TrySend(text)) return ValueTask.CompletedTask;
        return Deadline.IsNone(timeout)
            ? ValueTask.FromException(NotInTime(timeout))
            : SendInTimeAsync(timeout, Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Sends a message and takes it over; waits up to a time of its own.</summary>
    /// <param name="timeout">
    /// How long, by the context's clock; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.
    /// </param>
    /// <param name="message">At least one frame. After a failure or cancellation it is still the caller's.</param>
    /// <param name="cancellationToken">Gives up waiting; then nothing was sent.</param>
    /// <exception cref="TimeoutException">
    /// No peer could take it in time; nothing was sent. Where none is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">It has to wait, and the time is longer than 49 days and not infinite.</exception>
    /// <exception cref="InvalidOperationException">REQ: the last request has no reply yet. REP: there is no request to reply to.</exception>
    /// <exception cref="ArgumentException">
    /// The message has no frames; ROUTER: it has only one, the routing id; XSUB: it is a subscription to a topic of more than 65,526 octets.
    /// </exception>
    /// <exception cref="HostUnreachableException">
    /// ROUTER with <see cref="SocketOptions.RouterMandatory"/>: no connected peer has this routing id. The task tells, never the call itself.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or the message was disposed or sent already, or is <c>default</c>.</exception>
    public ValueTask SendAsync(TimeSpan timeout, Message message, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return SendAsync(message, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        ThrowIfClosed();
        try
        {
            if (Deadline.IsNone(timeout)) return TrySend(message) ? ValueTask.CompletedTask : ValueTask.FromException(NotInTime(timeout));
            return TrySendUnlessHeldBack(message) ? ValueTask.CompletedTask : SendInTimeAsync(timeout, message, cancellationToken);
        }
        catch (HostUnreachableException e)
        {
            // As without a time.
            return ValueTask.FromException(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendInTimeAsync(TimeSpan timeout, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        using var limit = new CallTimeLimit(timeout, Context.Time, cancellationToken);
        try
        {
            await SendWhenReadyAsync(frame, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // It may have been held back (SenderLead), which is for no longer than this, and there may be room.
            if (!TrySend(frame.Span)) throw NotInTime(timeout);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendInTimeAsync(TimeSpan timeout, Message message, CancellationToken cancellationToken)
    {
        using var limit = new CallTimeLimit(timeout, Context.Time, cancellationToken);
        try
        {
            await SendWhenReadyAsync(message, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // As above.
            if (!TrySend(message)) throw NotInTime(timeout);
        }
    }
}
