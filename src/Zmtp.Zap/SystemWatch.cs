using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

/// <summary>
/// The system's reports of changes in one directory, for as long as it can make them. Safe on any thread; no lock is held while the directory is
/// looked at, which may hang.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SystemWatch(TimeProvider time) : IDisposable
{
    /// <summary>
    /// How long after the system would not watch a directory it is asked again: it may have been out of watches for a moment, and where it never
    /// watches a line of the log in this time is all that it costs.
    /// </summary>
    public static readonly TimeSpan TryAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Watched? _watched;
    private bool _isDisposed;

    /// <summary>Makes what watches a directory. For tests.</summary>
    internal Func<string, string, FileSystemWatcher> Make { get; set; } = static (directory, filter) => new(directory, filter);

    /// <summary>
    /// Whether it has begun for the directory that is there now, or could not a while ago: the system watches a directory and not its path, and goes
    /// on with the one that was moved away or removed. The next one may be on another file system, and the system may have watches left by then.
    /// </summary>
    /// <param name="directory">As it was begun with.</param>
    public bool HasTried(string directory) =>
        Volatile.Read(ref _watched) is { } watched && !watched.IsToBeTriedAgain(time) && watched.Identity == LinuxFile.IdentityOf(directory);

    /// <summary>Begins, in place of what was watched before. Does nothing once disposed of.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="filter">Which of its files; an asterisk for all.</param>
    /// <param name="includeSubdirectories">Whether those in its directories too.</param>
    /// <param name="onChange">Called on a thread of the pool when something may have changed.</param>
    /// <param name="onError">Called there when reports were lost, or there will be no more.</param>
    /// <param name="cause">Why the system does not watch.</param>
    public bool TryBegin(
        string directory, string filter, bool includeSubdirectories, Action onChange, Action onError, [NotNullWhen(false)] out Exception? cause)
    {
        // Before it is watched: one that takes its place meanwhile is seen to be another.
        var identity = LinuxFile.IdentityOf(directory);
        FileSystemWatcher? watcher = null;
        IOException? noWatch = null;
        try
        {
            watcher = Make(directory, filter);
            watcher.IncludeSubdirectories = includeSubdirectories;
            watcher.Changed += (_, _) => onChange();
            watcher.Created += (_, _) => onChange();
            watcher.Deleted += (_, _) => onChange();
            watcher.Renamed += (_, _) => onChange();
            watcher.Error += (_, error) =>
            {
                noWatch ??= error.GetException() as IOException;
                onError();
            };
            watcher.EnableRaisingEvents = true;
            Replace(new Watched(watcher, identity, time.GetTimestamp()));

            // That no watch is left .NET tells by the event only. A directory in this one that may not be read does no harm to the others.
            if (noWatch is not null) throw noWatch;
            cause = null;
            return true;
        }
#pragma warning disable CA1031 // Whatever it is, threads that are used up for example: the watch only makes it faster, and its owner goes on without.
        catch (Exception error)
#pragma warning restore CA1031
        {
            watcher?.Dispose();
            Replace(new Watched(null, identity, time.GetTimestamp()));
            cause = error;
            return false;
        }
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

        ended?.Watcher?.Dispose();
    }

    // Without a watcher: the system does not watch this one.
    private sealed record Watched(
        FileSystemWatcher? Watcher, (uint DeviceMajor, uint DeviceMinor, ulong Inode, DateTime BornUtc)? Identity, long Tried)
    {
        public bool IsToBeTriedAgain(TimeProvider time) => Watcher is null && time.GetElapsedTime(Tried) >= TryAgainAfter;
    }
}
