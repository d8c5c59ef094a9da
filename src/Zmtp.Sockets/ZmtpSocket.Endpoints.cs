using Zmtp.Threading;

namespace Zmtp.Sockets;

// Where it listens and what it connects to.
public abstract partial class ZmtpSocket
{
    /// <summary>Listens at an endpoint.</summary>
    /// <param name="endpoint">For example <c>tcp://*:5555</c>, <c>tcp://127.0.0.1:*</c>, <c>ipc:///run/app.sock</c>, <c>inproc://name</c>.</param>
    /// <param name="cancellationToken">Gives up; where it is cancelled already, before anything was done.</param>
    /// <returns>
    /// The endpoint with wildcards and port 0 replaced, as it is reached from this machine, and as it stands in events and lines of the log. For the host
    /// <c>*</c> and for <c>0.0.0.0</c> that is 127.0.0.1, for <c>[::]</c> [::1]: the socket listens on all addresses all the same, and peers
    /// elsewhere use this machine's name or address with that port.
    /// </returns>
    /// <exception cref="FormatException">The text is not an endpoint.</exception>
    /// <exception cref="ArgumentException">The endpoint cannot be bound.</exception>
    /// <exception cref="ZmtpEndpointException">
    /// The address is in use, unknown or not allowed, or the context has no transport for the scheme.
    /// </exception>
    /// <exception cref="OperationCanceledException">Given up; the socket does not listen there.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or meanwhile, or a key of its security.</exception>
    public ValueTask<string> BindAsync(string endpoint, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(endpoint);
        return Endpoints.BindAsync(endpoint, cancellationToken);
    }

    /// <summary>As <see cref="BindAsync"/>, blocking.</summary>
    /// <param name="endpoint">
    /// For example <c>tcp://*:5555</c>, <c>tcp://127.0.0.1:*</c>, <c>ipc:///run/app.sock</c>, <c>inproc://name</c>.
    /// </param>
    /// <returns>
    /// The endpoint with wildcards and port 0 replaced, as it is reached from this machine, and as it stands in events and lines of the
    /// log: see <see cref="BindAsync"/>.
    /// </returns>
    /// <exception cref="FormatException">The text is not an endpoint.</exception>
    /// <exception cref="ArgumentException">The endpoint cannot be bound.</exception>
    /// <exception cref="ZmtpEndpointException">
    /// The address is in use, unknown or not allowed, or the context has no transport for the scheme.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before or meanwhile, or a key of its security.</exception>
    public string Bind(string endpoint)
    {
        using (BlockedPoolThread.Enter()) return BindAsync(endpoint).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>
    /// Connects to an endpoint, in the background and again whenever the connection is lost. Completes at once; use
    /// <see cref="WaitForPeerAsync"/> to know when, or why not. Once more to the same endpoint: DEALER, SUB, PUB and REQ stay as they are, until
    /// <see cref="SocketEventKind.ConnectStopped"/>, except over inproc; the others make another connection.
    /// </summary>
    /// <param name="endpoint">For example <c>tcp://host:5555</c>, <c>tcp://source:0;host:5555</c>, <c>ipc:///run/app.sock</c>, <c>inproc://name</c>.</param>
    /// <exception cref="FormatException">The text is not an endpoint.</exception>
    /// <exception cref="ArgumentException">The endpoint cannot be connected to.</exception>
    /// <exception cref="ZmtpEndpointException">The context has no transport for the scheme.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or a key of its security.</exception>
    public void Connect(string endpoint)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(endpoint);
        Endpoints.Connect(endpoint);
    }

    /// <summary>As <see cref="Connect"/>, for symmetry with <see cref="BindAsync"/>.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="cancellationToken">
    /// Cancelled already: the endpoint is not connected, whatever it is, and the task that is returned is cancelled. Afterwards it has no effect.
    /// </param>
    /// <returns>Completed already.</returns>
    /// <exception cref="FormatException">The text is not an endpoint.</exception>
    /// <exception cref="ArgumentException">The endpoint cannot be connected to.</exception>
    /// <exception cref="ZmtpEndpointException">The context has no transport for the scheme.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled already.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, or a key of its security.</exception>
    public ValueTask ConnectAsync(string endpoint, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        Connect(endpoint);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Stops listening at an endpoint, gives what is queued for the peers accepted there its <see cref="SocketOptions.Linger"/>, and ends their
    /// connections. Messages that are sent meanwhile go to other peers. The connection of a peer that does not hang up stays in the background, for the rest
    /// of the linger and 30 s at most.
    /// </summary>
    /// <param name="endpoint">
    /// What <see cref="BindAsync"/> returned, or what it was given; where several were bound by the same text with wildcards, the first of them.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the linger: what has not left by then is dropped and counted in <see cref="SendingSocket.UnsentCount"/>, the endpoint is ended all the
    /// same, and nothing is thrown. Cancelled already: no linger.
    /// </param>
    /// <exception cref="ArgumentException">The socket does not listen there.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, which ends all its endpoints.</exception>
    public ValueTask UnbindAsync(string endpoint, CancellationToken cancellationToken = default) =>
        Endpoints.UnbindAsync(endpoint, cancellationToken);

    /// <summary>As <see cref="UnbindAsync"/>, blocking.</summary>
    /// <param name="endpoint">
    /// What <see cref="BindAsync"/> returned, or what it was given; where several were bound by the same text with wildcards, the first of them.
    /// </param>
    /// <exception cref="ArgumentException">The socket does not listen there.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, which ends all its endpoints.</exception>
    public void Unbind(string endpoint)
    {
        using (BlockedPoolThread.Enter()) UnbindAsync(endpoint).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>
    /// Ends the connection to an endpoint, after what is queued for it has left or its <see cref="SocketOptions.Linger"/> is over. Messages that are
    /// sent meanwhile go to other peers. Where the peer does not hang up the connection stays in the background, for the rest of the linger and 30 s at most.
    /// </summary>
    /// <param name="endpoint">What was given to <see cref="Connect"/>.</param>
    /// <param name="cancellationToken">
    /// Ends the linger: what has not left by then is dropped and counted in <see cref="SendingSocket.UnsentCount"/>, the endpoint is ended all the
    /// same, and nothing is thrown. Cancelled already: no linger.
    /// </param>
    /// <exception cref="ArgumentException">The socket is not connected there.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, which ends all its endpoints.</exception>
    public ValueTask DisconnectAsync(string endpoint, CancellationToken cancellationToken = default) =>
        Endpoints.DisconnectAsync(endpoint, cancellationToken);

    /// <summary>As <see cref="DisconnectAsync"/>, blocking.</summary>
    /// <param name="endpoint">What was given to <see cref="Connect"/>.</param>
    /// <exception cref="ArgumentException">The socket is not connected there.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, which ends all its endpoints.</exception>
    public void Disconnect(string endpoint)
    {
        using (BlockedPoolThread.Enter()) DisconnectAsync(endpoint).AsTask().GetAwaiter().GetResult();
    }
}
