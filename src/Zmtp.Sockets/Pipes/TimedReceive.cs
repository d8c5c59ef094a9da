using System.Runtime.CompilerServices;

namespace Zmtp.Sockets.Pipes;

/// <summary>An asynchronous receive with a time of its own, of every socket that receives.</summary>
internal static class TimedReceive
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Message> RunAsync<T>(T socket, TimeSpan timeout, CancellationToken cancellationToken)
        where T : ZmtpSocket, IReceivingSocket
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (timeout == Timeout.InfiniteTimeSpan) return await socket.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (socket.TryReceive(out var message)) return message;
        if (Deadline.IsNone(timeout)) throw socket.NoneCame(timeout);
        using var limit = new CallTimeLimit(timeout, socket.Context.Time, cancellationToken);
        try
        {
            return await socket.ReceiveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw socket.NoneCame(timeout);
        }
    }
}
