using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// A blocking call on a thread-pool thread takes a thread away from the I/O that would end its wait; a hundred of them would stall
/// everything. So while one is blocked, the pool's minimum is higher: by one, or by what it takes to exceed the threads there are, since
/// others may be blocked in ways that nobody counts.
/// </summary>
internal readonly struct BlockedPoolThread : IDisposable
{
    private static readonly Lock Gate = new();
    private readonly int _added;

    private BlockedPoolThread(int added) => _added = added;

    public static BlockedPoolThread Enter()
    {
        if (!Thread.CurrentThread.IsThreadPoolThread) return default;
        lock (Gate)
        {
            // A minimum that is not above the present count starts no thread: the pool then adds one or two a second.
            ThreadPool.GetMinThreads(out var workers, out var ports);
            var added = Math.Max(1, ThreadPool.ThreadCount + 1 - workers);
            return ThreadPool.SetMinThreads(workers + added, ports) ? new BlockedPoolThread(added) : default;
        }
    }

    public void Dispose()
    {
        if (_added == 0) return;

        // What the thread waited for is here: an interrupt must not lose it.
        using (Gate.Hold())
        {
            ThreadPool.GetMinThreads(out var workers, out var ports);
            ThreadPool.SetMinThreads(workers - _added, ports);
        }
    }
}
