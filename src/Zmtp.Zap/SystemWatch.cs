using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Zap;

/// <summary>
/// The system's reports of changes in one directory, for as long as it can make them. Safe on any thread; no lock is held while the directory is
/// looked at, which may hang.
/// </summary>
internal sealed class SystemWatch : IDisposable
{
    private readonly Lock _gate = new();
    private FileSystemWatcher? _watcher;
    private bool _isDisposed;

    public bool IsOn => Volatile.Read(ref _watcher) is not null;

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
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(directory, filter) { IncludeSubdirectories = includeSubdirectories };
            watcher.Changed += (_, _) => onChange();
            watcher.Created += (_, _) => onChange();
            watcher.Deleted += (_, _) => onChange();
            watcher.Renamed += (_, _) => onChange();
            watcher.Error += (_, _) => onError();
            watcher.EnableRaisingEvents = true;
            Replace(watcher);
            cause = null;
            return true;
        }
        catch (Exception error)
            when (error is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
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

    private void Replace(FileSystemWatcher? watcher)
    {
        FileSystemWatcher? ended;
        lock (_gate)
        {
            // Disposed of while this one was made.
            if (_isDisposed && watcher is not null) ended = watcher;
            else (ended, _watcher) = (_watcher, watcher);
        }

        ended?.Dispose();
    }
}
