using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

/// <summary>
/// A socket that only receives. Messages of different peers take turns; what a peer sent before it left stays readable.
/// </summary>
/// <remarks>
/// Messages of one connection come in the order in which they were sent. Where a peer comes back over a new connection to an endpoint bound
/// here, nothing tells that it is the same one: what was left of the old connection takes turns with what comes over the new one.
/// <see cref="Message.Peer"/> tells the connections apart.
/// </remarks>
public abstract class ReceivingSocket : ZmtpSocket, IReceivingSocket
{
    private protected ReceivingSocket(ZmtpContext context, SocketType type, SocketOptions? options)
        : base(context, type, options)
    {
    }

    /// <summary>Receives the next message, waiting for it if need be.</summary>
    /// <remarks>
    /// A call that is abandoned while it waits, by <c>WaitAsync</c> or <c>Task.WhenAny</c>, stays in line and takes the next message with it:
    /// cancel it by the token, give it a time, or wait with <see cref="WaitToReceiveAsync"/>, which takes no message.
    /// </remarks>
    /// <param name="cancellationToken">Gives up; no message is lost by it.</param>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken = default) => Receiver.ReceiveAsync(cancellationToken);

    /// <summary>
    /// Receives the next message; waits up to a time of its own. When that is over no message is lost: the next call gets what comes later.
    /// </summary>
    /// <param name="timeout">
    /// How long, by the context's clock; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.
    /// </param>
    /// <param name="cancellationToken">Gives up; no message is lost by it.</param>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="TimeoutException">
    /// Nothing came in time. Where no peer is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">It has to wait, and the time is longer than 49 days and not infinite.</exception>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public ValueTask<Message> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        TimedReceive.RunAsync(this, timeout, cancellationToken);

    /// <summary>Receives the next message; blocks up to <see cref="SocketOptions.ReceiveTimeout"/>.</summary>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="TimeoutException">
    /// Nothing came in time. Where no peer is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public Message Receive() => Receive(Options.ReceiveTimeout);

    /// <summary>Receives the next message; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="TimeoutException">
    /// Nothing came in time. Where no peer is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public Message Receive(TimeSpan timeout)
    {
        if (TryReceive(timeout, out var message)) return message;
        throw NoneCame(timeout);
    }

    /// <summary>Receives a message if one is there.</summary>
    /// <param name="message">The message; yours to dispose.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TryReceive(out Message message) => TryReceive(TimeSpan.Zero, out message);

    /// <summary>Receives a message; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <param name="message">The message; yours to dispose.</param>
    /// <returns>Whether there was one in time.</returns>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public bool TryReceive(TimeSpan timeout, out Message message) => Receiver.TryReceive(timeout, out message);

    /// <summary>
    /// Waits until a message is there, and takes none: to wait for several sockets, or for a socket and something else. Take all there are
    /// with <see cref="TryReceive(out Message)"/>, wait for the first of several such tasks, and keep those that are not done for the next round.
    /// </summary>
    /// <remarks>
    /// Waiting calls of <see cref="ReceiveAsync(CancellationToken)"/> and <see cref="Receive()"/> come first: they take what arrives, and
    /// only what is left is told of, to all waiting calls of this method. Calls without a token share a task while they wait, so a loop may
    /// make new ones in each round; with a token each is one more.
    /// </remarks>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// True: <see cref="TryReceive(out Message)"/> will most likely find a message, unless another call takes it first; if it finds none, wait again.
    /// False: the socket was disposed, before or meanwhile, and there will be no message any more.
    /// </returns>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    public ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) => Receiver.WaitToReceiveAsync(cancellationToken);

    /// <summary>Receives messages for as long as the socket lives: <c>await foreach (var message in socket)</c>. Each one is yours to dispose.</summary>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerator<Message> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        ReceiveAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <summary>Receives messages for as long as the socket lives. Each one is yours to dispose.</summary>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<Message> ReceiveAllAsync(CancellationToken cancellationToken = default) =>
        ReceiveLoop.RunAsync(this, ReceiveAsync, cancellationToken);
}
