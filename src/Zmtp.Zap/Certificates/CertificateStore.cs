using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Text;

namespace Zmtp.Zap;

/// <summary>
/// A certificate store on a directory of public certificates, as CZMQ's: the whole tree, every file but those that begin with a dot or
/// end in "_secret". It keeps itself up to date: files that are added, changed or removed count from the next scan on. Secret files are never
/// opened. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// The next scan comes a second (<see cref="ScanInterval"/>) after the last one. After one that took more than 50 ms, because there are very
/// many files or the file system is slow, it comes twenty times as long as that took after it, and 30 s after it at the latest: so late may a
/// removed certificate still let its client in. Where the system reports changes, a scan begins at most half a second after the report.
/// <see cref="Refresh"/> does not wait.
/// </para>
/// <para>
/// A look-up is one read of a dictionary; no handshake waits for the disk. Broken files, second files for the same key and certificates with
/// more metadata than can be attached to a peer (<see cref="ZapMetadata.FromCertificate"/>) count for nothing and are reported by
/// <see cref="Problems"/>, <see cref="Reloaded"/> and the log; of several files for one key the first by path (compared octet by octet)
/// counts, with its metadata. A secret key in a file that counts, and secret files, are reported likewise. A good file that is being written in
/// place counts as it was for half a second, after which there is another scan.
/// A directory that is gone lets nobody in. One that cannot be read, or may not be, makes <see cref="FindAsync"/> throw, so that clients are told 500 and not 400; and so do a
/// file that could be read before and a subdirectory, for their clients, when the reading fails. That one of those is gone or may not be read
/// is an answer instead: it counts as removed, and its clients are told 400. Dispose ends the watch.
/// </para>
/// </remarks>
public sealed partial class CertificateStore : ICertificateStore, IChangingStore, IDisposable
{
    /// <summary>
    /// How long after a scan the next one comes at the soonest, unless the system reports a change before or a file was being written: 1 s. After
    /// a scan that took more than 50 ms it is twenty times as long as that took, 30 s at most.
    /// </summary>
    public static readonly TimeSpan ScanInterval = TimeSpan.FromSeconds(1);

    // A change seldom comes alone: an editor's save is three or four of them.
    private static readonly TimeSpan Coalescing = TimeSpan.FromMilliseconds(50);

    // However many files are copied into a large directory one by one, their scans take at most a fifth of one core's time; where one takes more
    // than an eighth of a second, they take more, and there are at most two a second.
    private static readonly TimeSpan LongestCoalescing = TimeSpan.FromMilliseconds(500);
    private const int CoalescingFactor = 4;

    // Timed scans take at most this part of one core's time, however many files there are.
    private const int PauseFactor = 20;

    // A scan that takes more than a second and a half waits for its file system rather than for a processor, so that nothing is spared by
    // a longer pause; and however long one took, a certificate that is removed must not let anybody in for long.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A tree that others may write to as a whole must not fill the log.
    private const int MostLogged = 20;

    private readonly Lock _scanning = new();
    private readonly SystemWatch _system;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private CertificateSnapshot _snapshot = CertificateSnapshot.Empty;
    private long _changedTicks;
    private long _scanTicks;
    private volatile bool _isUnsettled;
    private long _coalescingTicks = Coalescing.Ticks;
    private int _scanIsNear;
    private IReadOnlySet<string> _writable = new HashSet<string>();
    private volatile bool _isDisposed;

    private CertificateStore(string directory, ILogger? logger, TimeProvider? time)
    {
        Directory = directory;
        _logger = GuardedLogger.Of(logger);
        _time = time ?? TimeProvider.System;
        _changedTicks = _time.GetUtcNow().Ticks;
        _system = new SystemWatch(_time);
        _timer = _time.CreateTimer(
            static store => ((CertificateStore)store!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The store has found something changed. Raised on a thread of the pool, or by <see cref="Refresh"/> on its caller's.
    /// </summary>
    public event EventHandler<CertificateStoreReloadedEventArgs>? Reloaded;

    /// <summary>
    /// Clients were added or removed, or their metadata changed. Raised as <see cref="Reloaded"/> is, and after it; not for problems alone.
    /// </summary>
    public event EventHandler? Changed;

    /// <summary>The directory's full path.</summary>
    public string Directory { get; }

    /// <summary>How many clients may come in.</summary>
    public int Count => Volatile.Read(ref _snapshot).Records.Count;

    /// <summary>The keys of the clients that may come in, in no order; a copy.</summary>
    public IReadOnlyList<CurvePublicKey> PublicKeys => [.. Volatile.Read(ref _snapshot).Records.Keys];

    /// <summary>
    /// Files and directories that count for nothing, and why; files that hold a secret key, which count; and the first secret file of each
    /// directory that has any.
    /// </summary>
    public IReadOnlyList<CertificateProblem> Problems => Volatile.Read(ref _snapshot).Problems;

    /// <summary>How many files the last scan opened. For tests.</summary>
    internal int FilesRead { get; private set; }

    /// <summary>What is in one directory. For tests.</summary>
    internal Func<string, IEnumerable<FoundFile>> List { get; set; } = CertificateListing.List;

    /// <summary>What the system reports. For tests.</summary>
    internal SystemWatch Watch => _system;

    /// <summary>Opens a directory and reads it. It need not exist yet; until it does nobody is let in.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="logger">Hears of reloads and problems; null for silence.</param>
    /// <param name="time">The clock of the timed scans and of the files' times; null for the system's.</param>
    /// <exception cref="ArgumentException">The path is empty, or holds a NUL.</exception>
    public static CertificateStore Open(string directory, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var store = new CertificateStore(Path.GetFullPath(directory), logger, time);
        store.OnTimer();
        return store;
    }

    /// <summary>
    /// The directory, and how many clients it lets in and since when, or why it lets in nobody: for the reason of a refusal.
    /// </summary>
    public override string ToString()
    {
        var snapshot = Volatile.Read(ref _snapshot);
        var whole = snapshot.Problems.FirstOrDefault(problem => problem.Path == Directory);
        return $"the certificate store {Directory} ({whole?.Message ?? Describe(snapshot)})";
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">
    /// The directory cannot be read, permission included; or the reading of the file that this client had, or of its subdirectory, failed. Where
    /// that is gone or may not be read the client is not known.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var snapshot = Volatile.Read(ref _snapshot);
        if (snapshot.Failure is not null) throw new IOException($"The certificate directory {Directory} cannot be read.", snapshot.Failure);
        if (snapshot.Unknown.TryGetValue(publicKey, out var file))
        {
            throw new IOException($"The certificate file {file}, which was this client's, cannot be read. Check the disk.");
        }

        return ValueTask.FromResult(snapshot.Records.GetValueOrDefault(publicKey));
    }

    /// <summary>Scans the directory now.</summary>
    /// <returns>Whether anything had changed.</returns>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public bool Refresh()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        CertificateSnapshot before, after;
        lock (_scanning)
        {
            // Cleared first: a change that is reported during the scan asks for one more.
            Volatile.Write(ref _scanIsNear, 0);
            before = _snapshot;
            after = Scan(before, out var writable);
            if (!ReferenceEquals(before, after)) Volatile.Write(ref _changedTicks, _time.GetUtcNow().Ticks);
            Volatile.Write(ref _snapshot, after);
            KeepWatching();
            if (writable is not null) ReportWhoMayWrite(writable);

            // Also where it was asked for: the next scan may be far.
            if (_isUnsettled) ScanAfter(CertificateDirectory.WritingTime);
        }

        if (ReferenceEquals(before, after)) return false;
        Report(before, after);
        return true;
    }

    /// <summary>Ends the watch. Later look-ups throw.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        _system.Dispose();
    }

    [SuppressMessage("Design", "CA1031",
        Justification = "On a thread of the pool an exception would end the process; it is logged, and nobody is let in.")]
    private void OnTimer()
    {
        try
        {
            if (_isDisposed) return;
            Refresh();
        }
        catch (ObjectDisposedException) when (_isDisposed)
        {
            // Disposed of while this scan was on its way: nothing is left to do.
            return;
        }
        catch (Exception error)
        {
            LogUnreadable(_logger, OneLine.Of(Directory), "The scan failed. Nobody is let in until one succeeds.", error);
            lock (_scanning) Volatile.Write(ref _snapshot, CertificateSnapshot.Failed(Directory, error, _snapshot));
        }

        // Of the scan alone: not of the wait for another one, nor of what the application does when it is told.
        var took = Volatile.Read(ref _scanTicks);
        Volatile.Write(ref _coalescingTicks, Math.Clamp(took * CoalescingFactor, Coalescing.Ticks, LongestCoalescing.Ticks));
        var pause = Math.Clamp(took * PauseFactor, ScanInterval.Ticks, LongestPause.Ticks);
        ScanAfter(_isUnsettled ? CertificateDirectory.WritingTime : TimeSpan.FromTicks(pause));
    }

    private void ScanAfter(TimeSpan pause)
    {
        _timer.Change(pause, Timeout.InfiniteTimeSpan);

        // Asked after the timer is set: a change that is reported in between sets it again, or is seen here.
        if (Volatile.Read(ref _scanIsNear) != 0)
        {
            _timer.Change(TimeSpan.FromTicks(Volatile.Read(ref _coalescingTicks)), Timeout.InfiniteTimeSpan);
        }
    }

    private CertificateSnapshot Scan(CertificateSnapshot before, out IReadOnlySet<string>? writable)
    {
        var start = _time.GetTimestamp();
        var isUnsettled = false;
        try
        {
            var after = CertificateDirectory.Scan(Directory, before, _time, List, out writable, out var filesRead, out isUnsettled);
            FilesRead = filesRead;
            return after;
        }
        finally
        {
            _isUnsettled = isUnsettled;
            Volatile.Write(ref _scanTicks, _time.GetElapsedTime(start).Ticks);
        }
    }

    // The time of the last change and not of the last look: a user that has just added a file sees whether that was noticed, and the same
    // refusal has the same words until something changes.
    private string Describe(CertificateSnapshot snapshot)
    {
        var (clients, problems) = (snapshot.Records.Count, snapshot.Problems.Count(static problem => !problem.IsOfASecret));
        var broken = problems switch
        {
            0 => "",
            1 => " and 1 file that counts for nothing",
            _ => $" and {problems} files that count for nothing",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{clients} {(clients == 1 ? "client" : "clients")}{broken}, the last change seen at " +
            $"{new DateTime(Volatile.Read(ref _changedTicks), DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss}Z");
    }

    private void ScanSoon()
    {
        if (_isDisposed || Interlocked.Exchange(ref _scanIsNear, 1) != 0) return;
        _timer.Change(TimeSpan.FromTicks(Volatile.Read(ref _coalescingTicks)), Timeout.InfiniteTimeSpan);
    }

    // The watcher only makes it faster. It fails on some file systems, when the system's watches are used up, and when its directory
    // is removed; the timed scan does not.
    private void KeepWatching()
    {
        // What may not be read the system does not watch either, and it does not begin to when it may.
        if (_snapshot.Failure is not null || !System.IO.Directory.Exists(Directory))
        {
            _system.End();
            return;
        }

        if (_isDisposed || _system.HasTried(Directory)) return;
        _system.Begin(Directory, "*", includeSubdirectories: true, ScanSoon, cause => LogNoWatcher(_logger, Directory, cause));
    }

    private void ReportWhoMayWrite(IReadOnlySet<string> writable)
    {
        string[] added = [.. writable.Except(_writable)];
        _writable = writable;
        foreach (var path in added.Take(MostLogged)) LogWritableByOthers(_logger, OneLine.Of(path), Directory);
        if (added.Length > MostLogged) LogMoreWritableByOthers(_logger, Directory, added.Length - MostLogged);
    }

    private void Report(CertificateSnapshot before, CertificateSnapshot after)
    {
        CurvePublicKey[] added = [.. after.Records.Keys.Where(key => !before.MayKnow(key))];
        CurvePublicKey[] removed = [.. before.Records.Keys.Concat(before.Unknown.Keys).Where(key => !after.MayKnow(key))];
        LogReloaded(_logger, Directory, after.Records.Count, added.Length, removed.Length);
        foreach (var problem in after.Problems.Except(before.Problems)) LogProblem(problem);
        var reloaded = new CertificateStoreReloadedEventArgs(after.Records.Count, added, removed, after.Problems);
        Handlers.CallAll(Reloaded, this, reloaded, error => LogHandlerFailed(_logger, error));
        if (!after.LetsInTheSameAs(before)) Handlers.CallAll(Changed, this, error => LogHandlerFailed(_logger, error));
    }

    private void LogProblem(CertificateProblem problem)
    {
        var (path, message) = (OneLine.Of(problem.Path), OneLine.Of(problem.Message));
        if (problem.IsOfASecret) LogSecret(_logger, path, message);
        else if (problem.Path == Directory) LogUnreadable(_logger, path, message, error: null);
        else LogProblem(_logger, path, message);
    }

    [LoggerMessage(EventId = 2711, Level = LogLevel.Information,
        Message = "Certificate store {Directory} was read; clients that may come in: {Count} ({Added} added, {Removed} removed).")]
    private static partial void LogReloaded(ILogger logger, string directory, int count, int added, int removed);

    [LoggerMessage(EventId = 2712, Level = LogLevel.Warning, Message = "{Path} lets nobody in: {Problem}")]
    private static partial void LogProblem(ILogger logger, string path, string problem);

    [LoggerMessage(EventId = 2718, Level = LogLevel.Warning, Message = "{Path} does not belong in a certificate store: {Problem}")]
    private static partial void LogSecret(ILogger logger, string path, string problem);

    [LoggerMessage(EventId = 2713, Level = LogLevel.Error,
        Message = "The certificate store {Directory} lets nobody in: {Problem}")]
    private static partial void LogUnreadable(ILogger logger, string directory, string problem, Exception? error);

    [LoggerMessage(EventId = 2714, Level = LogLevel.Debug,
        Message = "The system does not report changes in {Directory}; they are found by the timed scan, and it is asked again after a minute.")]
    private static partial void LogNoWatcher(ILogger logger, string directory, Exception error);

    [LoggerMessage(EventId = 2716, Level = LogLevel.Warning,
        Message = "Others than its owner may write to {Path}, by which the certificate directory {Directory} is read: whoever does lets himself " +
            "in. Take that away with chmod go-w.")]
    private static partial void LogWritableByOthers(ILogger logger, string path, string directory);

    [LoggerMessage(EventId = 2717, Level = LogLevel.Warning,
        Message = "Certificate directory {Directory}: further files and directories in it that others than their owner may write to: {Count}.")]
    private static partial void LogMoreWritableByOthers(ILogger logger, string directory, int count);

    [LoggerMessage(EventId = 2715, Level = LogLevel.Error, Message = "A handler of CertificateStore threw.")]
    private static partial void LogHandlerFailed(ILogger logger, Exception error);
}
