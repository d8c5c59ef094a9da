using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Zmtp.Zap;

/// <summary>
/// A password store in a file of CZMQ's format, one <c>name=password</c> a line, in which an Argon2id hash may stand in place of the
/// password: <c>name=$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c> (see <see cref="PasswordHash"/>, and <see cref="PasswordFileEditor"/>
/// to write it). The file's length and times are looked at for each check, and a file that has changed is read again. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// The file is read as CZMQ reads it, but for this: a mark of UTF-8 (EF BB BF) at its beginning belongs to no name; CR before LF belongs to
/// the line's end and not to the password; a line longer than 1023 octets is one line; a last line without an end may be cut off, and
/// counts for nothing when its password is empty or what the name of a hash algorithm begins with; and a password that begins with the name
/// of a hash algorithm between "$" ("$argon2id$", "$2b$", "$6$" and their like) is a hash, so that no clear-text password can begin so. An
/// entry with a hash that cannot be verified here lets nobody in and is told by name and line in <see cref="Problems"/> and the log; all
/// others work.
/// </para>
/// <para>
/// A check takes the same time whether the name is there or not. In a file with hashes every check, also of names with a clear-text
/// password and of names that are not there, computes one hash for each set of parameters that the file has; that is one hash as long
/// as all were made alike. They are computed on threads of their own, at most as many at once as there are cores.
/// </para>
/// <para>
/// A file that is missing lets nobody in. One that had users and is gone, as it is for a moment when an editor saves, is missing once it has
/// stayed away for a quarter of a second: connected users are not sent away before, and checks wait until then. One that is broken leaves
/// the last good one in force and is told loudly: an error in the log, <see cref="Reloaded"/>, <see cref="IsCurrent"/>; before any was
/// good, checks throw. Broken is what cannot be read, has more than <see cref="MaxSize"/> octets, holds an octet of zero, or changes while
/// it is read.
/// </para>
/// <para>
/// A file that is written in place, by an editor or a copy, may be half there, and a line that is cut off cannot be told from one that is
/// meant so: it counts once it has not changed for a quarter of a second, or has gone on changing for two seconds, and until then the
/// earlier version does; the first version counts at once. That time is measured where the file's times say nothing about it: they are
/// those of the version before, or of a clock behind ours. One that is replaced in one step, as <see cref="PasswordFileEditor"/> does it,
/// counts at once where .NET knows when a file was made; on Linux, where it does not, it counts a quarter of a second after it was written.
/// <see cref="Refresh"/> does not wait.
/// </para>
/// <para>
/// Clear-text passwords are a secret of the file: a file that holds some and that others than its owner may read is logged as a warning.
/// In memory there are keyed digests and hashes only. Dispose ends the watch.
/// </para>
/// </remarks>
public sealed partial class PasswordFile : IVersionedPasswordStore, IDisposable
{
    /// <summary>The largest file, in octets.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    // Programs that do not replace a file in one step empty it first and then write it.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    // A file is given the time of the system's last tick.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // While the file may come back. An editor gives it its name again within a few of these.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    // What cannot be read is tried again though it looks the same: its mode may have changed.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IPasswordHasher _hasher;
    private readonly PasswordKey _key = new();

    // Held by the caller that looks at the file. The disk may hang: a caller that waits for another's look must hold no thread of the pool.
    private readonly SemaphoreSlim _loading = new(1);
    private readonly Lock _watching = new();
    private State? _state;
    private Failure? _failure;
    private Unsettled? _unsettled;
    private (FileStamp Stamp, DateTime Utc) _lastLook;
    private volatile bool _isSettling;
    private volatile bool _isAway;
    private long _lookedAt;
    private FileWatch? _watch;
    private EventHandler? _changed;
    private EventHandler<PasswordFileReloadedEventArgs>? _reloaded;
    private volatile bool _isDisposed;

    /// <summary>
    /// Opens a password file. It is not read yet: the first check does that, <see cref="Refresh"/>, or the first handler of an event.
    /// </summary>
    /// <param name="path">The file's path. It need not exist yet.</param>
    /// <param name="logger">Hears of reloads and problems; null for silence.</param>
    /// <param name="time">The clock of the watch and of the file's times; null for the system's.</param>
    /// <exception cref="ArgumentException">The path is empty, or holds a NUL.</exception>
    public PasswordFile(string path, ILogger? logger = null, TimeProvider? time = null)
        : this(path, logger, time, Argon2Hasher.Instance)
    {
    }

    internal PasswordFile(string path, ILogger? logger, TimeProvider? time, IPasswordHasher hasher)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FullPath = Path.GetFullPath(path);
        _logger = GuardedLogger.Of(logger);
        _time = time ?? TimeProvider.System;
        _hasher = hasher;
    }

    /// <summary>
    /// The users, or the entry of one, have changed. While anybody listens the file is watched, and the event comes within a second of
    /// the file's change; it is raised on a thread of the pool, or on that of the check that found it. Never for a broken file, because
    /// the last good one stays in force.
    /// </summary>
    public event EventHandler? Changed
    {
        add => Listen(() => _changed += value);
        remove => Listen(() => _changed -= value);
    }

    /// <summary>
    /// The file was read again and says something else, or has become broken or good again. The file is watched while anybody listens, as
    /// for <see cref="Changed"/>.
    /// </summary>
    public event EventHandler<PasswordFileReloadedEventArgs>? Reloaded
    {
        add => Listen(() => _reloaded += value);
        remove => Listen(() => _reloaded -= value);
    }

    /// <summary>The file's full path.</summary>
    public string FullPath { get; }

    /// <summary>How many users may come in; 0 before the file is first read.</summary>
    public int Count => Volatile.Read(ref _state)?.Table.Count ?? 0;

    /// <summary>The names of the users that may come in, in no order; a copy. None before the file is first read.</summary>
    public IReadOnlyList<string> UserNames => [.. Volatile.Read(ref _state)?.Table.UserNames ?? []];

    /// <summary>Whether what is in force is what the file says; false while the file is broken, and before it is first read.</summary>
    public bool IsCurrent => Volatile.Read(ref _state) is not null && Volatile.Read(ref _failure) is null;

    /// <summary>
    /// The lines that count for nothing, but for blanks and comments; entries of names that begin or end with a blank, which count; and, while
    /// the file is broken, why. Of lines that are no entries at most the first thousand are here, with how many there are.
    /// </summary>
    public IReadOnlyList<PasswordFileProblem> Problems => ProblemsOf(Volatile.Read(ref _state), Volatile.Read(ref _failure));

    /// <summary>What tells the file's present state. For tests.</summary>
    internal Func<string, FileStamp> Look { get; set; } = PasswordFileReader.Stamp;

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read, and never could.</exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userName);
        return RunAsync(userName, password, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read, and never could.</exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(userName);
        return FindVersionAsync(userName, long.MaxValue, cancellationToken);
    }

    /// <summary>Reads the file now, even if it looks as before. A broken file is told as always, not by an exception.</summary>
    /// <returns>Whether it says something else than before, or has become broken or good again.</returns>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    public bool Refresh() => Update(force: true);

    /// <summary>Ends the watch and zeroes the key of the digests. Later checks throw.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        lock (_watching)
        {
            _watch?.Dispose();
            _watch = null;
        }

        // A check of a password, or a look for a version, that is under way finds a digest that matches none, and sees the flag afterwards.
        _key.Dispose();
    }

    /// <summary>As <see cref="FindVersionAsync(string, CancellationToken)"/>, but does not look at the file again when that was done since a moment.</summary>
    /// <param name="userName">The name.</param>
    /// <param name="since">The moment, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="cancellationToken">Ends the wait for another caller's look.</param>
    /// <exception cref="IOException">The file cannot be read, and never could.</exception>
    /// <exception cref="ObjectDisposedException">The store has been disposed of.</exception>
    internal async ValueTask<string?> FindVersionAsync(string userName, long since, CancellationToken cancellationToken) =>
        VersionIn(await CurrentAsync(since, cancellationToken).ConfigureAwait(false), userName);

    private async ValueTask<bool> RunAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        var table = await WithoutGapsAsync(cancellationToken).ConfigureAwait(false);
        var isRight = await PasswordWork.RunAsync(table.Check(userName), password, cancellationToken).ConfigureAwait(false);

        // As for a version: without the key every password is wrong, and nobody is to be told that.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return isRight;
    }

    private string? VersionIn(PasswordTable table, string userName)
    {
        var version = table.FindVersion(userName);

        // Dispose on another thread may have zeroed the key before or meanwhile; what came out then is no reason to send anybody away.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return version;
    }

    // By a file that is gone nobody comes in, and by one that is written anew in a moment nobody is refused: a client would not try again.
    private async ValueTask<PasswordTable> WithoutGapsAsync(CancellationToken cancellationToken)
    {
        await CurrentAsync(long.MaxValue, cancellationToken).ConfigureAwait(false);
        while (_isAway)
        {
            await Task.Delay(LookAgainAfter, _time, cancellationToken).ConfigureAwait(false);
            await CurrentAsync(long.MaxValue, cancellationToken).ConfigureAwait(false);
        }

        // After the flag: what was in force before it was known to be gone must not be used.
        return InForce();
    }

    private async ValueTask<PasswordTable> CurrentAsync(long since, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        UpdateAndLeave(force: false, since);
        return InForce();
    }

    private PasswordTable InForce() => Volatile.Read(ref _state)?.Table
        ?? throw new IOException($"The password file {FullPath} cannot be read.", Volatile.Read(ref _failure)?.Cause);

    private bool Update(bool force)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _loading.Wait();
        return UpdateAndLeave(force, since: long.MaxValue);
    }

    // The caller has entered the gate, as for what it calls.
    private bool UpdateAndLeave(bool force, long since)
    {
        State? before, after;
        Failure? failureBefore, failureAfter;
        try
        {
            // Disposed while this call waited, perhaps: the key is zeroed then.
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // Perhaps another call has looked, which this one waited for.
            if (_lookedAt > since) return false;
            var now = Stopwatch.GetTimestamp();
            (before, failureBefore) = (_state, _failure);
            Load(force, _time.GetUtcNow().UtcDateTime);
            _lookedAt = now;
            (after, failureAfter) = (_state, _failure);

            // While it was read: nobody is told any more.
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        }
        finally
        {
            _loading.Release();
        }

        if (ReferenceEquals(before, after) && ReferenceEquals(failureBefore, failureAfter)) return false;
        Report(before, after, failureBefore, failureAfter);
        var hasChanged = after is not null && before is not null && !after.Table.SaysTheSameAs(before.Table);
        var saysMore = !ProblemsOf(after, failureAfter).SequenceEqual(ProblemsOf(before, failureBefore));
        var isFirst = before is null && after is not null;
        if (!hasChanged && !saysMore) return isFirst;
        Raise(hasChanged, new PasswordFileReloadedEventArgs(
            after?.Table.Count ?? 0, failureAfter is null, ProblemsOf(after, failureAfter)));
        return true;
    }

    // Sets _state and _failure, and then whether the file is away.
    private void Load(bool force, DateTime nowUtc)
    {
        var stamp = FileStamp.Missing;
        var isAway = false;
        try
        {
            stamp = Look(FullPath);
            var isBeingWritten = IsBeingWritten(stamp, nowUtc);
            _lastLook = (stamp, nowUtc);
            if (!force && (isBeingWritten || IsStillGood(stamp, nowUtc))) return;
            var read = Read(stamp, nowUtc);
            isAway = !force && MayComeBack(read);
            if (isAway) return;

            // Somebody may have begun to write between the look and the reading.
            if (!force && Look(FullPath) is var again && again != stamp && IsBeingWritten(again, nowUtc)) return;

            // What is read now has been waited for; the next change is waited for anew.
            _unsettled = null;
            Volatile.Write(ref _state, read);
            Volatile.Write(ref _failure, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _unsettled = null;
            Volatile.Write(ref _failure, new Failure(error, stamp, nowUtc, _time.GetTimestamp()));
        }
        finally
        {
            _isAway = isAway;
        }
    }

    private State Read(FileStamp stamp, DateTime nowUtc)
    {
        var table = new PasswordTable(_key, _hasher);
        try
        {
            // Also where nothing was seen: that it could not be looked at and that there is none look alike, and the opening tells which.
            var problems = PasswordFileReader.Read(FullPath, table, out var mode);
            var read = stamp == FileStamp.Missing ? default : stamp;
            var isOpen = (mode & AtomicFile.OthersMayRead) != 0 && table.HasClearText;
            return new State(
                table, problems, isOpen, (mode & AtomicFile.OthersMayWrite) != 0, PasswordFileReader.ReplaceableIn(FullPath), read, nowUtc);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new State(table, [], IsOpenToOthers: false, IsWritableByOthers: false, ReplaceableIn: [], FileStamp.Missing, nowUtc);
        }
    }

    private bool IsStillGood(FileStamp stamp, DateTime nowUtc)
    {
        if (_failure is not null)
        {
            return _failure.Stamp == stamp && stamp.IsTrusted(_failure.ReadUtc, nowUtc) && _time.GetElapsedTime(_failure.Read) < RetryAfter;
        }

        return _state is not null && _state.Stamp == stamp && stamp.IsTrusted(_state.ReadUtc, nowUtc);
    }

    // A file that was renamed into its place was created at another time. Linux does not tell .NET, which gives the time of the last write
    // instead: there every file may be one that is written in place. One that was last written a while ago is whole, though nobody has
    // looked at it since: a user whom it no longer names must not come in once more.
    private bool IsBeingWritten(FileStamp stamp, DateTime nowUtc)
    {
        // The first version counts at once: a program that has just written its file and then begins must not be refused, and nobody was
        // let in before who would be locked out. It is the one that replaces another, also one without users, that is waited for.
        var isInPlace = _state is not null && stamp != _state.Stamp &&
            (_state.Stamp == FileStamp.Missing || stamp.CreationUtc == _state.Stamp.CreationUtc || stamp.CreationUtc == stamp.LastWriteUtc);
        if (!isInPlace) _unsettled = null;

        // How long ago it was written only the clock of the files can tell; all else is measured, and goes on when that clock is set back.
        _isSettling = isInPlace && IsNew(stamp) &&
            (nowUtc - stamp.LastWriteUtc < Settling + stamp.Step || IsOlderThanTheLastLook(stamp, nowUtc));
        return _isSettling;
    }

    // What is written has a later time than any look before. A file that has an earlier one, and that has changed since all the same, has none
    // that tells anything: Linux gives a file that is emptied its length first and its times then, and a file server's clock may be behind ours.
    private bool IsOlderThanTheLastLook(FileStamp stamp, DateTime nowUtc) =>
        stamp.IsOfTheSameFileAs(_lastLook.Stamp) && _lastLook.Utc - stamp.LatestUtc(nowUtc) > stamp.Step + Tick;

    // Programs that save rename or remove the old file first. Asked of what was read: it may go between the look and the opening, too.
    private bool MayComeBack(State read)
    {
        _isSettling = read.Stamp == FileStamp.Missing && _state is { Table.Count: > 0 } && IsNew(read.Stamp);
        return _isSettling;
    }

    private bool IsNew(FileStamp stamp)
    {
        _unsettled = Unsettled.See(_unsettled, stamp, _time);
        return _unsettled.IsNew(Settling, _time);
    }

    private static IReadOnlyList<PasswordFileProblem> ProblemsOf(State? state, Failure? failure)
    {
        var lines = state?.Problems ?? [];
        return failure is null ? lines : [new PasswordFileProblem(0, null, failure.Cause.Message), .. lines];
    }

    private sealed record State(
        PasswordTable Table,
        IReadOnlyList<PasswordFileProblem> Problems,
        bool IsOpenToOthers,
        bool IsWritableByOthers,
        IReadOnlyList<string> ReplaceableIn,
        FileStamp Stamp,
        DateTime ReadUtc);

    // When it was read by the clock of the files, and by that which measures.
    private sealed record Failure(Exception Cause, FileStamp Stamp, DateTime ReadUtc, long Read);
}
