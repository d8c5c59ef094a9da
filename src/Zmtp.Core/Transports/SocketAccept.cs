using System.Net.Sockets;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>Accepts sockets, with the errors that the contract of <see cref="TransportListener"/> names. One call at a time.</summary>
/// <param name="listener">Listening, not blocking. Owned from now on.</param>
/// <param name="endpoint">For errors.</param>
/// <param name="options">Of the listener.</param>
internal sealed class SocketAccept(Socket listener, ZmtpEndpoint endpoint, TransportOptions options) : IDisposable
{
    private readonly SocketWaits _waits = SocketWaits.Of(listener, options);
    private int _disposed;

    /// <summary>The settings of the listener.</summary>
    public TransportOptions Options => options;

    private bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Accepts one connection.</summary>
    /// <param name="toConnection">What to make of its socket, which does not block, and its waits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The listener was closed.</exception>
    /// <exception cref="ZmtpEndpointException">Nobody can be accepted now.</exception>
    public async ValueTask<TransportConnection> AcceptAsync(
        Func<Socket, SocketWaits, TransportConnection> toConnection, CancellationToken cancellationToken)
    {
        for (;;)
        {
            var socket = await AcceptSocketAsync(cancellationToken).ConfigureAwait(false);
            SocketWaits? waits = null;
            try
            {
                waits = SocketWaits.Of(socket, options);
                return toConnection(socket, waits);
            }
            catch (Exception exception)
            {
                socket.Dispose();
                waits?.End();
                if (exception is not SocketException fault) throw;

                // The peer was gone before it was accepted, and not every system has settings for such a socket: to the caller it never came.
                if (!IsGone(fault)) throw SocketFaults.CannotAccept(endpoint, fault);
            }
        }
    }

    /// <summary>Closes the listening socket. Once or more often.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        listener.Dispose();
        _waits.End();
    }

    private static bool IsGone(SocketException exception) => exception.SocketErrorCode
        is SocketError.NotConnected or SocketError.InvalidArgument or SocketError.ConnectionReset or SocketError.ConnectionAborted;

    private async ValueTask<Socket> AcceptSocketAsync(CancellationToken cancellationToken)
    {
        for (;;)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, typeof(TransportListener));
            try
            {
                var socket = await _waits.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (DescriptorReserve.IsKeptFromPeers(socket))
                {
                    socket.Dispose();
                    throw SocketFaults.NoDescriptorForPeers(endpoint);
                }

                socket.Blocking = false;
                return socket;
            }
            catch (SocketException) when (IsDisposed)
            {
                throw new ObjectDisposedException(nameof(TransportListener));
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The peer left while it waited to be accepted.
                continue;
            }
            catch (SocketException exception)
            {
                throw SocketFaults.CannotAccept(endpoint, exception);
            }
        }
    }
}
