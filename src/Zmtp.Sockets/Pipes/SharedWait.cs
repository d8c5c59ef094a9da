using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// One task for any number of calls that wait to be told the same, however often they are made. Those who await it go on on the pool, each for itself.
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
