namespace Zmtp.Transports;

/// <summary>A place where peers arrive.</summary>
public abstract class TransportListener : IAsyncDisposable
{
    /// <summary>
    /// The endpoint with wildcards and port 0 replaced, so that this machine can connect to it and unbind names it: where the listener takes
    /// all addresses it has the loopback one.
    /// </summary>
    public abstract ZmtpEndpoint Endpoint { get; }

    /// <summary>Waits for the next peer. One call at a time.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ZmtpEndpointException">
    /// One peer could not be accepted. The listener goes on; call again after a pause. Where a <see cref="System.Net.Sockets.SocketException"/> of
    /// <see cref="System.Net.Sockets.SocketError.TooManyOpenSockets"/> is its cause, there is no file descriptor for a peer: a socket then ends some
    /// of the handshakes that are under way, if there are any, and calls again at once.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    public abstract ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>Stops listening. Connections already accepted stay. An ipc path that this listener made is removed.</summary>
    public abstract ValueTask DisposeAsync();
}
