namespace Zmtp.Sockets;

/// <summary>
/// What all sockets that receive have in common: <see cref="ReceivingSocket"/> and <see cref="DuplexSocket"/>. For code that receives from whichever
/// it is given. Every member may be called from any thread, also at once.
/// </summary>
/// <remarks>
/// Messages of different peers take turns, those of one connection come in the order in which they were sent, and what a peer sent before it left
/// stays readable, except requests to a ZAP handler, which are nobody's then. To an <see cref="XPubSocket"/> subscriptions are messages, too. Sockets of
/// this library implement it; members may be added.
/// </remarks>
public interface IReceivingSocket : IAsyncEnumerable<Message>
{
    /// <summary>Receives the next message, waiting for it if need be.</summary>
    /// <remarks>
    /// A call that is abandoned while it waits, by <c>WaitAsync</c> or <c>Task.WhenAny</c>, stays in line and takes the next message with it:
    /// cancel it by the token, give it a time, or wait with <see cref="WaitToReceiveAsync"/>, which takes no message.
    /// </remarks>
    /// <param name="cancellationToken">Gives up; no message is lost by it.</param>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken = default);

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
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    ValueTask<Message> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>Receives the next message; blocks up to <see cref="SocketOptions.ReceiveTimeout"/>.</summary>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="TimeoutException">
    /// Nothing came in time. Where no peer is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    Message Receive();

    /// <summary>Receives the next message; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <returns>The message; yours to dispose.</returns>
    /// <exception cref="TimeoutException">
    /// Nothing came in time. Where no peer is connected and it is known why, the inner exception says it.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    Message Receive(TimeSpan timeout);

    /// <summary>Receives a message if one is there.</summary>
    /// <param name="message">The message; yours to dispose.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    bool TryReceive(out Message message);

    /// <summary>Receives a message; blocks up to a time of its own.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Zero or less: not at all.</param>
    /// <param name="message">The message; yours to dispose.</param>
    /// <returns>Whether there was one in time.</returns>
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    bool TryReceive(TimeSpan timeout, out Message message);

    /// <summary>
    /// Waits until a message is there, and takes none: to wait for several sockets, or for a socket and something else. Take all there are,
    /// of a REQ or REP the one, with <see cref="TryReceive(out Message)"/>, wait for the first of several such tasks, and keep those that are not done
    /// for the next round.
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
    /// <exception cref="InvalidOperationException">
    /// REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; no message is lost.</exception>
    ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Receives messages for as long as the socket lives, and then just ends: <c>await foreach (var message in socket.ReceiveAllAsync(token))</c>.
    /// The same as <c>socket.WithCancellation(token)</c>. Each message is yours to dispose.
    /// </summary>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>; no message is lost by it.</param>
    /// <returns>The messages that are still to come. Loops that run at once share them: each message goes to one of them.</returns>
    /// <exception cref="InvalidOperationException">
    /// From the loop. REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    IAsyncEnumerable<Message> ReceiveAllAsync(CancellationToken cancellationToken = default);
}
