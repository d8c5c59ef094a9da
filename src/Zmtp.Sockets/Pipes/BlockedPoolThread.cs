namespace Zmtp.Sockets.Pipes;

/// <summary>
/// A blocking call on a thread-pool thread takes a thread away from the I/O that would end its wait; a hundred of them would stall
/// everything. So while one is blocked, the pool's minimum is one higher.
/// </summary>
internal readonly struct BlockedPoolThread : IDisposable
{
    private static readonly Lock Gate = new();
    private readonly bool _counted;

    private BlockedPoolThread(bool counted) => _counted = counted;

    public static BlockedPoolThread Enter()
    {
        if (!Thread.CurrentThread.IsThreadPoolThread) return default;
        return new BlockedPoolThread(ChangeMinimum(1));
    }

    public void Dispose()
    {
        if (_counted) ChangeMinimum(-1);
    }

    private static bool ChangeMinimum(int change)
    {
        lock (Gate)
        {
            ThreadPool.GetMinThreads(out var workers, out var ports);
            return ThreadPool.SetMinThreads(workers + change, ports);
        }
    }
}
