namespace Zmtp.Zap;

/// <summary>
/// The system's reports of changes in one directory, for as long as it can make them. Safe on any thread; no lock is held while the directory is
/// looked at, which may hang.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SystemWatch(TimeProvider time) : IDisposable
{
    /// <summary>
    /// How long after the system was asked to watch a directory it is asked again where it did not, or has failed since: it may have been out of watches
    /// for a moment, and where it never watches a line of the log in this time is all that it costs.
    /// </summary>
    public static readonly TimeSpan TryAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Watched? _watched;
    private bool _isDisposed;

    /// <summary>Makes what watches a directory. For tests.</summary>
    internal Func<string, string, FileSystemWatcher> Make { get; set; } = static (directory, filter) => new(directory, filter);

    /// <summary>
    /// Whether it has begun for the directory that is there now, or failed to a moment ago: the system watches a directory and not its path, and goes
    /// on with the one that was moved away or removed. The next one may be on another file system, and the system may have watches left by then.
    /// </summary>
    /// <param name="directory">As it was begun with.</param>
    public bool HasTried(string directory) =>
        Volatile.Read(ref _watched) is { } watched && !watched.IsToBeTriedAgain(time) && watched.Identity == LinuxFile.IdentityOf(directory);

    /// <summary>Begins, in place of what was watched before. Does nothing once disposed of.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="filter">Which of its files; an asterisk for all.</param>
    /// <param name="includeSubdirectories">
    /// Whether those in its directories too. That the directory itself may not be read, and so is not watched, is not told then: a caller
    /// that asks for this has seen it itself.
    /// </param>
    /// <param name="onChange">Called on a thread of the pool when something may have changed, as it may when reports were lost.</param>
    /// <param name="onFailed">Called once when the system does not watch, here or later on a thread of the pool, with the reason.</param>
    public void Begin(string directory, string filter, bool includeSubdirectories, Action onChange, Action<Exception> onFailed)
    {
        // Before it is watched: one that takes its place meanwhile is seen to be another.
        var watched = new Watched(LinuxFile.IdentityOf(directory), time.GetTimestamp(), onFailed);
        try
        {
            var watcher = Make(directory, filter);
            watched.Watcher = watcher;
            watcher.IncludeSubdirectories = includeSubdirectories;
            watcher.Changed += (_, _) => onChange();
            watcher.Created += (_, _) => onChange();
            watcher.Deleted += (_, _) => onChange();
            watcher.Renamed += (_, _) => onChange();
            watcher.Error += (_, error) =>
            {
                // A directory in this one that may not be read does no harm to the others. Whether it is this one itself .NET does not say here.
                if (includeSubdirectories && error.GetException() is UnauthorizedAccessException) return;

                // .NET tells only by this event that no watch is left, and a watch that has lost reports may still have others: it stays
                // until the next one.
                watched.Fail(error.GetException());
                onChange();
            };
            watcher.EnableRaisingEvents = true;
        }
#pragma warning disable CA1031 // Whatever it is, threads that are used up for example: the watch only makes it faster, and its owner goes on without.
        catch (Exception error)
#pragma warning restore CA1031
        {
            watched.End();
            watched.Fail(error);
        }

        Replace(watched);
    }

    /// <summary>Ends until it begins anew.</summary>
    public void End() => Replace(null);

    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        End();
    }

    private void Replace(Watched? watched)
    {
        Watched? ended;
        lock (_gate)
        {
            // Disposed of while this one was made.
            if (_isDisposed && watched is not null) ended = watched;
            else (ended, _watched) = (_watched, watched);
        }

        ended?.End();
    }

    private sealed class Watched(
        (uint DeviceMajor, uint DeviceMinor, ulong Inode, DateTime BornUtc)? identity, long begun, Action<Exception> onFailed)
    {
        private bool _hasFailed;

        public (uint DeviceMajor, uint DeviceMinor, ulong Inode, DateTime BornUtc)? Identity => identity;

        /// <summary>Null where there could not be any.</summary>
        public FileSystemWatcher? Watcher { get; set; }

        public void Fail(Exception cause)
        {
            if (!Interlocked.Exchange(ref _hasFailed, true)) onFailed(cause);
        }

        public bool IsToBeTriedAgain(TimeProvider time) => Volatile.Read(ref _hasFailed) && time.GetElapsedTime(begun) >= TryAgainAfter;

        public void End() => Watcher?.Dispose();
    }
}
