using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// One task for any number of calls that wait to be told the same, however often they are made. What follows each await runs on the pool,
/// separately.
/// </summary>
internal sealed class SharedWait() : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), IWaiter
{
    /// <inheritdoc/>
    public void Fail(Exception error)
    {
        SetException(error);

        // Seen: a loop that has gone on leaves the task behind.
        Task.MarkSeen();
    }
}
