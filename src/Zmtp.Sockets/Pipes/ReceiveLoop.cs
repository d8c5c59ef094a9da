using System.Runtime.CompilerServices;

namespace Zmtp.Sockets.Pipes;

/// <summary>What stands behind <c>await foreach</c> over a socket: one receive after another, until the socket closes.</summary>
internal static class ReceiveLoop
{
    public static async IAsyncEnumerable<Message> RunAsync(
        ZmtpSocket socket,
        Func<CancellationToken, ValueTask<Message>> receive,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Message message;
            try
            {
                message = await receive(cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException) when (socket.IsClosing)
            {
                yield break;
            }

            yield return message;
        }
    }
}
