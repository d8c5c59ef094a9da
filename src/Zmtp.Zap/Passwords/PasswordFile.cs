using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Zmtp.Zap;

/// <summary>
/// A password store in a file of CZMQ's format: one <c>name=password</c> a line. The file's length and times are looked at for each
/// check, and a file that has changed is read again. Safe on any thread.
/// </summary>
/// <remarks>
/// The passwords are clear text: keep the file readable by its owner only. A file that is missing lets nobody in. One that is there
/// and cannot be read leaves the last good one in force and is logged as an error; before any was good, checks throw.
/// </remarks>
public sealed partial class PasswordFile : IPasswordStore
{
    /// <summary>The largest file, in octets.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    private readonly ILogger _logger;
    private readonly Lock _loading = new();
    private State? _state;
    private string? _reported;

    /// <summary>Opens a password file.</summary>
    /// <param name="path">The file's path. It need not exist yet.</param>
    /// <param name="logger">Hears of reloads and problems; null for silence.</param>
    public PasswordFile(string path, ILogger? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FullPath = Path.GetFullPath(path);
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>The file's full path.</summary>
    public string FullPath { get; }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read, and never could.</exception>
    public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(userName);
        return ValueTask.FromResult(Current().Verify(userName, password.Span));
    }

    private PasswordTable Current()
    {
        lock (_loading)
        {
            try
            {
                var stamp = Stamp();
                var nowUtc = DateTime.UtcNow;
                if (_state is not null && _state.Stamp == stamp && stamp.IsTrusted(_state.ReadUtc, nowUtc)) return _state.Table;
                _state = Load(stamp, nowUtc);
                _reported = null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Not once per handshake: a peer could fill the log.
                if (_reported != error.Message) LogUnreadable(_logger, FullPath, _state is not null, error);
                _reported = error.Message;
                if (_state is null) throw new IOException($"The password file {FullPath} cannot be read.", error);
            }

            return _state.Table;
        }
    }

    private FileStamp Stamp()
    {
        var file = new FileInfo(FullPath);
        if (!file.Exists) return FileStamp.Missing;
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file.Exists ? new FileStamp(file.Length, file.LastWriteTimeUtc, file.CreationTimeUtc) : FileStamp.Missing;
    }

    private State Load(FileStamp stamp, DateTime nowUtc)
    {
        var skipped = new List<int>();
        var table = stamp == FileStamp.Missing ? new PasswordTable() : Read(skipped);
        if (_state?.Stamp != stamp)
        {
            if (stamp == FileStamp.Missing) LogMissing(_logger, FullPath);
            else LogLoaded(_logger, FullPath, table.Count);
            if (skipped.Count > 0) LogSkipped(_logger, FullPath, string.Join(", ", skipped.Take(10)));
        }

        return new State(table, stamp, nowUtc);
    }

    private PasswordTable Read(List<int> skipped)
    {
        using var file = File.OpenHandle(FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length > MaxSize) throw new IOException($"The password file has {length} octets; at most {MaxSize} are read.");
        var text = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
        try
        {
            var count = 0;
            for (var read = -1; read != 0 && count < text.Length; count += read) read = RandomAccess.Read(file, text.AsSpan(count), count);
            return PasswordFileParser.Parse(text.AsSpan(0, count), skipped);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private sealed record State(PasswordTable Table, FileStamp Stamp, DateTime ReadUtc);

    [LoggerMessage(EventId = 2721, Level = LogLevel.Information, Message = "Password file {Path}: {Count} users.")]
    private static partial void LogLoaded(ILogger logger, string path, int count);

    [LoggerMessage(EventId = 2722, Level = LogLevel.Warning,
        Message = "The password file {Path} does not exist. Nobody is let in by password.")]
    private static partial void LogMissing(ILogger logger, string path);

    [LoggerMessage(EventId = 2723, Level = LogLevel.Warning,
        Message = "Password file {Path}: the names in lines {Lines} are not UTF-8 and were skipped.")]
    private static partial void LogSkipped(ILogger logger, string path, string lines);

    [LoggerMessage(EventId = 2724, Level = LogLevel.Error,
        Message = "The password file {Path} cannot be read. An earlier version of it is in force: {HasEarlier}.")]
    private static partial void LogUnreadable(ILogger logger, string path, bool hasEarlier, Exception error);
}
