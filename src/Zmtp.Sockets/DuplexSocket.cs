using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

/// <summary>
/// A socket that sends and receives. Messages of different peers take turns; what a peer sent before it left stays readable.
/// </summary>
/// <remarks>As with <see cref="ReceivingSocket"/>, messages come in order for each connection, not across a peer's connections.</remarks>
public abstract class DuplexSocket : SendingSocket, IReceivingSocket
{
    private protected DuplexSocket(ZmtpContext context, SocketType type, SocketOptions? options)
        : base(context, type, options)
    {
    }

    /// <inheritdoc/>
    public virtual ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken = default) => Receiver.ReceiveAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Message> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        TimedReceive.RunAsync(this, timeout, cancellationToken);

    /// <inheritdoc/>
    public Message Receive() => Receive(Options.ReceiveTimeout);

    /// <inheritdoc/>
    public Message Receive(TimeSpan timeout)
    {
        if (TryReceive(timeout, out var message)) return message;
        throw NoneCame(timeout);
    }

    /// <inheritdoc/>
    public bool TryReceive(out Message message) => TryReceive(TimeSpan.Zero, out message);

    /// <inheritdoc/>
    public virtual bool TryReceive(TimeSpan timeout, out Message message) => Receiver.TryReceive(timeout, out message);

    /// <inheritdoc/>
    public virtual ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) =>
        Receiver.WaitToReceiveAsync(cancellationToken);

    /// <summary>Receives messages for as long as the socket lives: <c>await foreach (var message in socket)</c>. Each one is yours to dispose.</summary>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">
    /// From the loop. REQ: no request is under way, or it was given up meanwhile. REP: the last request has not been answered.
    /// </exception>
    public IAsyncEnumerator<Message> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        ReceiveAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Message> ReceiveAllAsync(CancellationToken cancellationToken = default) =>
        ReceiveLoop.RunAsync(this, ReceiveAsync, cancellationToken);
}
