using System.Net.Sockets;

namespace Zmtp.Transports;

/// <summary>Accepts a socket, with the errors that the contract of <see cref="TransportListener"/> names.</summary>
internal static class SocketAccept
{
    public static async ValueTask<Socket> AcceptAsync(
        Socket listener, ZmtpEndpoint endpoint, Func<bool> isDisposed, CancellationToken cancellationToken)
    {
        for (;;)
        {
            ObjectDisposedException.ThrowIf(isDisposed(), typeof(TransportListener));
            try
            {
                return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (isDisposed())
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
