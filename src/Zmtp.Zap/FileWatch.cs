using Microsoft.Extensions.Logging;

namespace Zmtp.Zap;

/// <summary>
/// Calls back shortly after a file may have changed, and twice a second whatever happens: the system's watcher only makes it faster. It
/// fails on some file systems, when the system's watches are used up, and when its directory is removed. Safe on any thread.
/// </summary>
internal sealed partial class FileWatch : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    // A change seldom comes alone: an editor's save is three or four of them.
    private static readonly TimeSpan Coalescing = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly Action _onChange;
    private readonly ILogger _logger;
    private readonly SystemWatch _system;
    private readonly ITimer _timer;
    private int _isNear;
    private int _isBusy;
    private volatile bool _isDisposed;

    /// <param name="path">The file's full path; it need not exist.</param>
    /// <param name="onChange">Looks whether the file has changed. Must not throw; is called by one thread at a time.</param>
    /// <param name="time">The clock of the timer.</param>
    /// <param name="logger">Hears when the system does not watch.</param>
    public FileWatch(string path, Action onChange, TimeProvider time, ILogger logger)
    {
        _path = path;
        _onChange = onChange;
        _logger = logger;
        _system = new SystemWatch(time);
        _timer = time.CreateTimer(
            static watch => ((FileWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Period, Period);
    }

    /// <summary>What the system reports. For tests.</summary>
    public SystemWatch BySystem => _system;

    /// <summary>Asks for one more call, 50 ms from now.</summary>
    public void LookSoon()
    {
        if (_isDisposed || Interlocked.Exchange(ref _isNear, 1) != 0) return;
        _timer.Change(Coalescing, Period);
    }

    /// <summary>
    /// Lets the system report changes from now on, if it can; else from the next look on. It looks at the directory, which may hang: not for
    /// under a lock.
    /// </summary>
    public void Watch()
    {
        var directory = Path.GetDirectoryName(_path);
        if (_isDisposed || !Directory.Exists(directory) || _system.HasTried(directory)) return;
        _system.Begin(directory, Path.GetFileName(_path), includeSubdirectories: false, LookSoon, cause => LogNoWatcher(_logger, _path, cause));
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        _system.Dispose();
    }

    private void OnTimer()
    {
        if (_isDisposed) return;

        // Cleared first: a change that comes during the call asks for one more.
        Volatile.Write(ref _isNear, 0);

        // A file system that hangs must not take a thread of the pool at each tick. What is missed is seen at a later one.
        if (Interlocked.Exchange(ref _isBusy, 1) != 0) return;
        try
        {
            Watch();
            _onChange();
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    [LoggerMessage(EventId = 2729, Level = LogLevel.Debug,
        Message = "The system does not report changes of {Path}; they are found by looking twice a second, and it is asked again after a minute.")]
    private static partial void LogNoWatcher(ILogger logger, string path, Exception error);
}
