namespace Zmtp.Threading;

/// <summary>
/// A blocking call on a thread-pool thread takes a thread away from the I/O that would end its wait; a hundred of them would stall
/// everything. So while some are blocked, the pool's minimum is higher: by as many, and above the threads there are, since others may be
/// blocked in ways that nobody counts.
/// </summary>
internal readonly struct BlockedPoolThread : IDisposable
{
    /// <summary>As many threads for each of the pool's usual minimum are enough beside those that are blocked.</summary>
    private const int SpareShare = 2;

    private static readonly Lock Gate = new();

    // Under the gate: how many are blocked, what the minimum is without them, and what we have set.
    private static int _blocked;
    private static int _base;
    private static int _raised;

    private readonly bool _isCounted;

    private BlockedPoolThread(bool isCounted) => _isCounted = isCounted;

    public static BlockedPoolThread Enter()
    {
        if (!Thread.CurrentThread.IsThreadPoolThread) return default;
        lock (Gate)
        {
            var minimum = Look(out var ports);
            _blocked++;

            // A minimum that is not above the present count starts no thread: the pool then adds one or two a second.
            Set(Math.Max(minimum, ThreadPool.ThreadCount) + 1, ports);
        }

        return new BlockedPoolThread(isCounted: true);
    }

    /// <summary>
    /// For another thread, which is blocked in a call that a peer can bring about; to be followed by <see cref="Withdraw"/>. Where there are threads
    /// enough beside those that are blocked it only counts: else calls that come and go would add a thread each while the pool has work.
    /// </summary>
    public static void Announce()
    {
        using (Gate.Hold())
        {
            var minimum = Look(out var ports);
            _blocked++;
            var isEnough = ThreadPool.ThreadCount - _blocked >= SpareShare * _base;
            var needed = isEnough ? _base + _blocked : Math.Max(minimum, ThreadPool.ThreadCount) + 1;
            if (needed > minimum) Set(needed, ports);
        }
    }

    /// <summary>A thread that was announced is blocked no longer.</summary>
    public static void Withdraw()
    {
        using (Gate.Hold())
        {
            var minimum = Look(out var ports);
            _blocked--;

            // Threads that are still blocked need as much as if they blocked only now, with this thread at work again.
            var needed = _blocked == 0 ? _base : Math.Max(_base + _blocked, ThreadPool.ThreadCount);
            if (needed < minimum) Set(needed, ports);
        }
    }

    public void Dispose()
    {
        // What the thread waited for is here: an interrupt must not lose it.
        if (_isCounted) Withdraw();
    }

    /// <summary>What the minimum is. One that somebody else has set meanwhile is what it is to be without us.</summary>
    private static int Look(out int ports)
    {
        ThreadPool.GetMinThreads(out var minimum, out ports);
        if (_blocked == 0 || minimum != _raised) _base = _raised = minimum;
        return minimum;
    }

    private static void Set(int minimum, int ports)
    {
        if (ThreadPool.SetMinThreads(minimum, ports)) _raised = minimum;
    }
}
