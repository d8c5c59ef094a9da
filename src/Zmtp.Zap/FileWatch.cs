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

    // Of the watcher alone, and never held while the directory is looked at, which may hang: Dispose takes it.
    private readonly Lock _watching = new();
    private readonly ITimer _timer;
    private FileSystemWatcher? _watcher;
    private volatile bool _cannotWatch;
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
        _timer = time.CreateTimer(
            static watch => ((FileWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Period, Period);
    }

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
        if (Volatile.Read(ref _watcher) is not null || _cannotWatch || _isDisposed || !Directory.Exists(directory)) return;
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(directory, Path.GetFileName(_path));
            watcher.Changed += (_, _) => LookSoon();
            watcher.Created += (_, _) => LookSoon();
            watcher.Deleted += (_, _) => LookSoon();
            watcher.Renamed += (_, _) => LookSoon();
            watcher.Error += (_, _) => Forget();
            watcher.EnableRaisingEvents = true;
            Replace(watcher);
        }
        catch (Exception error)
            when (error is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
            _cannotWatch = true;
            LogNoWatcher(_logger, _path, error);
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        Forget();
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

    // The next turn of the timer makes a new one.
    private void Forget() => Replace(null);

    private void Replace(FileSystemWatcher? watcher)
    {
        FileSystemWatcher? ended;
        lock (_watching)
        {
            // Disposed of while this one was made.
            if (_isDisposed && watcher is not null) ended = watcher;
            else (ended, _watcher) = (_watcher, watcher);
        }

        ended?.Dispose();
    }

    [LoggerMessage(EventId = 2729, Level = LogLevel.Debug,
        Message = "The system does not report changes of {Path}; they are found by looking twice a second.")]
    private static partial void LogNoWatcher(ILogger logger, string path, Exception error);
}
