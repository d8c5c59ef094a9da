using System.Net;
using System.Net.Sockets;

namespace Zmtp.Transports.Polling;

/// <summary>
/// What one socket waits for: octets or a peer, room in its send buffer, its connection. The socket does not block; after the wait the
/// caller tries again.
/// </summary>
/// <remarks>
/// One wait for each direction at a time. A wait may complete without a reason. With <see cref="TransportOptions.ContinuesOnPoller"/> it may
/// complete on a thread that waits for the events of all, so what follows must neither block nor call the application
/// (<see cref="PollerThread.IsCurrent"/>).
/// </remarks>
internal abstract class SocketWaits
{
    /// <summary>Whether a wait for octets may end with the error that a receive would end with.</summary>
    public virtual bool TellsOfFaults => false;

    /// <summary>The waits of a socket, by the best means of this system.</summary>
    /// <param name="socket">Not blocking.</param>
    /// <param name="options">Say where what follows a wait may run.</param>
    public static SocketWaits Of(Socket socket, TransportOptions options) =>
        !options.UsesRuntimeEvents && Poller.Shared is { } poller
            ? new PolledSocketWaits(poller, socket, options.ContinuesOnPoller)
            : new RuntimeSocketWaits(socket);

    /// <summary>
    /// Completes when a receive would not have to wait: octets, the end of the input, an error; or at
    /// <see cref="CancelRead"/> and <see cref="End"/>.
    /// </summary>
    /// <exception cref="SocketException">
    /// The connection is lost, where <see cref="TellsOfFaults"/>, else the next receive tells; or the system cannot watch one more socket.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was closed, where <see cref="TellsOfFaults"/>.</exception>
    public abstract ValueTask ReadableAsync();

    /// <summary>
    /// After a send that found no room: sends something of what is not empty when there is room again. Now and then, and at
    /// <see cref="CancelWrite"/>, 0 octets.
    /// </summary>
    /// <exception cref="SocketException">
    /// The connection is lost. <see cref="SocketError.OperationAborted"/>: of <see cref="CancelWrite"/>, where it is not known how much has left.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>Connects.</summary>
    /// <returns>The local address for an IP socket; null for others.</returns>
    /// <exception cref="SocketException">There is no connection.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public abstract ValueTask<IPEndPoint?> ConnectAsync(EndPoint remote, CancellationToken cancellationToken);

    /// <summary>Accepts a peer. In place of <see cref="ReadableAsync"/>.</summary>
    /// <exception cref="SocketException">Nobody can be accepted now.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public abstract ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>Completes a pending <see cref="ReadableAsync"/>, elsewhere; does nothing to a later one.</summary>
    public abstract void CancelRead();

    /// <summary>
    /// Completes a pending <see cref="SendAsync"/>, elsewhere; does nothing to a later one. A caller that means a write which has ended
    /// meanwhile may meet the next.
    /// </summary>
    public abstract void CancelWrite();

    /// <summary>
    /// Has it told on the pool, once, that the peer has ended its output or the connection is lost, while no <see cref="ReadableAsync"/> is
    /// pending: the next one takes it back. Not by all means: then never.
    /// </summary>
    public virtual void TellWhenPeerLeaves(IThreadPoolWorkItem told)
    {
    }

    /// <summary>Lets a blocked thread watch for what <see cref="ReadableAsync"/> waits for. False: nothing waits, another has it, or it cannot be.</summary>
    public virtual bool TryHold(Lookout lookout) => false;

    /// <summary>
    /// Ends a wait for octets that a lookout holds: the reader goes on here and now, and its next wait is held too. False: none is pending,
    /// or the lookout has it no more.
    /// </summary>
    public virtual bool TryGoOn(Lookout lookout) => false;

    /// <summary>The socket is closed: completes what waits, elsewhere, and all that will. Once.</summary>
    public abstract void End();
}
