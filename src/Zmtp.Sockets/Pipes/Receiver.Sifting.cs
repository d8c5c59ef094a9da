namespace Zmtp.Sockets.Pipes;

// Messages that have arrived and that nobody wants any more. Peers may send them faster than they are dropped.
internal sealed partial class Receiver : IThreadPoolWorkItem
{
    /// <summary>
    /// The most that are dropped in a row: after that the receiver or reader has other things to do, a time limit to keep or a connection
    /// to read. To drop so many takes some milliseconds.
    /// </summary>
    private const int MostSifted = 8 * 1024;

    private Predicate<MessageBuffer>? _isWanted;
    private int _isServing;

    /// <summary>From now on also looks at what has arrived already, and drops what is not wanted any more.</summary>
    /// <param name="isWanted">
    /// Asked under the gate; quick, and without an interrupt. It may wait for a lock, the one exception in invariant 8 of docs/ARCHITECTURE.md: what is
    /// handed to a waiting call must be known to be wanted before that call is out of line, where it could not be cancelled any more.
    /// </param>
    public void Sift(Predicate<MessageBuffer> isWanted)
    {
        using (_gate.Hold()) _isWanted = isWanted;
    }

    void IThreadPoolWorkItem.Execute()
    {
        // First: a thread that stops looking from here on queues this again.
        Interlocked.Exchange(ref _isServing, 0);
        ServeWaiters();
    }

    /// <summary>Has the waiting calls served on the pool, behind what else is to be done there.</summary>
    /// <returns>False: for want of memory, nobody will come.</returns>
    private bool TryServeSoon()
    {
        if (Interlocked.Exchange(ref _isServing, 1) != 0) return true;
        try
        {
            return ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (OutOfMemoryException)
        {
            Interlocked.Exchange(ref _isServing, 0);
            return false;
        }
    }
}
