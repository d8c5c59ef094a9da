using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Zmtp.Zap;

/// <summary>
/// Changes a password file: adds, changes and removes users and keeps all other lines, comments among them, as they are. A mark of UTF-8
/// before the first line, which CZMQ would take for part of it, is left out; a name further down that begins with one stays as it is, and
/// gets a comment before it when it would come to be the first. Nothing is written before <see cref="Save"/>, which replaces the file in one
/// step. Holds the file's text in pinned memory, zeroed on Dispose. Not thread-safe.
/// </summary>
public sealed class PasswordFileEditor : IDisposable
{
    // Before the first line: a mark of UTF-8 with which that one's name begins would be left out by readers of the file, and the entry
    // would be another user's.
    private const string CommentBeforeMark = "# The mark of UTF-8 (U+FEFF) in the next line is part of the name.";

    private readonly List<PasswordFileLine> _lines = [];
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly string _target;
    private byte[]? _before;
    private bool _isDisposed;

    private PasswordFileEditor(string path)
    {
        FullPath = Path.GetFullPath(path);

        // A link stays a link, to the new file.
        _target = PathWalk.TargetOf(FullPath);
        _before = Read();
        for (var rest = PasswordFileParser.WithoutMark(_before); !rest.IsEmpty;)
        {
            var text = PasswordFileParser.ReadLine(ref rest, out var end);
            _lines.Add(PasswordFileLine.OfText(text, end));
        }
    }

    /// <summary>The file's full path.</summary>
    public string FullPath { get; }

    /// <summary>The names of all entries, in the file's order, each once; names that are not UTF-8 are left out.</summary>
    public IReadOnlyList<string> UserNames => [.. _lines.Select(line => line.Name).OfType<string>().Distinct(StringComparer.Ordinal)];

    private string LineEnd => _lines.Count > 0 && _lines[0].End == "\r\n" ? "\r\n" : "\n";

    /// <summary>Reads a file for changing.</summary>
    /// <param name="path">The file's path. It need not exist: then <see cref="Save"/> makes it.</param>
    /// <exception cref="ArgumentException">The path is empty, or holds a NUL.</exception>
    /// <exception cref="IOException">The file cannot be read, or is not a text file.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    public static PasswordFileEditor Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new PasswordFileEditor(path);
    }

    /// <summary>Whether a user has an entry.</summary>
    /// <param name="userName">The name.</param>
    public bool Contains(string userName) => _lines.Exists(line => line.Name == userName);

    /// <summary>Gives a user a hash; replaces the entry when there is one. CZMQ cannot read hashes.</summary>
    /// <param name="userName">
    /// The name: 1 to 255 octets of UTF-8, without "=", ends of line and NUL, not beginning with "#" or U+FEFF.
    /// </param>
    /// <param name="hash">The hash of the password.</param>
    /// <returns>Whether the user is new.</returns>
    /// <exception cref="ArgumentException">The name cannot stand in a password file.</exception>
    public bool Set(string userName, PasswordHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        using var text = PasswordText.Encode(hash.ToPhc());
        return SetEntry(userName, text.Span);
    }

    /// <summary>Gives a user a password in clear text, as CZMQ reads it; replaces the entry when there is one.</summary>
    /// <param name="userName">As for <see cref="Set"/>.</param>
    /// <param name="password">
    /// At most 255 octets of UTF-8, without LF and NUL, not ending in CR, and not beginning as a hash does (see
    /// <see cref="PasswordFile"/>). Zeroing it is up to the caller.
    /// </param>
    /// <returns>Whether the user is new.</returns>
    /// <exception cref="ArgumentException">Name or password cannot stand in a password file; the password is not quoted.</exception>
    public bool SetClearText(string userName, ReadOnlySpan<char> password)
    {
        using var text = PasswordText.Encode(password);
        if (WhyNotClearText(text.Span) is { } why) throw new ArgumentException(why, nameof(password));
        return SetEntry(userName, text.Span);
    }

    /// <summary>Removes all entries of a user.</summary>
    /// <param name="userName">The name.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string userName)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(userName);
        return RemoveBefore(_lines.Count, userName) > 0;
    }

    /// <summary>
    /// Writes the file in one step. A file that is new is readable by its owner only; one that is there keeps its owner, group and mode,
    /// because the server may run as another user than the one who saves (owner and group on Linux only, else it belongs to the one who
    /// saves; lists of access rights beyond the mode are not kept; Windows: who may read is up to the directory). The editor can go on to
    /// be used.
    /// </summary>
    /// <exception cref="IOException">
    /// The file cannot be written, has been changed by somebody else since it was read, is being changed by another editor (they hold a
    /// hidden file beside it, which one that is killed leaves behind; where that keeps other users out, the message names it), or belongs
    /// to somebody else whom the system does not let this process give a new file to, or who may have put the file there to read the new
    /// one: others than the directory's owner may write to it. Nothing was written then; the one exception is a directory that cannot be
    /// flushed to disk, where the message says that the file was written.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The hashes would be of more than four different costs, each of which every check must compute, so that a store would refuse a user
    /// who was given an entry, or one who comes in now: the message names them. Or the file would be longer than
    /// <see cref="PasswordFile.MaxSize"/>. Nothing was written.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    public void Save()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);

        // From the look to the renaming nobody else of this library changes the file: one of the two changes would be lost.
        using var alone = FileLock.Take(_target);
        ThrowIfChangedMeanwhile();
        var text = Join();
        try
        {
            PasswordFileCosts.ThrowIfTooMany(FullPath, _before, text, _given);
            AtomicFile.Write(_target, text, AtomicFile.SecretMode, overwrite: _before is not null, keepMode: true);
        }
        catch (UnflushedException)
        {
            Replace(text);
            throw;
        }
        catch
        {
            CryptographicOperations.ZeroMemory(text);
            throw;
        }

        Replace(text);
    }

    /// <summary>Zeroes what was read and changed.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_before);
        foreach (var line in _lines) line.Erase();
        _lines.Clear();
    }

    private static string? WhyNotClearText(ReadOnlySpan<byte> password)
    {
        if (password.Length > UserNameText.MaxSize) return $"A password has at most {UserNameText.MaxSize} octets of UTF-8 (RFC 24).";
        if (password.ContainsAny("\n\0"u8) || password.EndsWith("\r"u8))
        {
            return "A password in clear text cannot hold an end of line or a NUL. Store a hash of it.";
        }

        return PhcText.IsHash(password)
            ? "A password in clear text cannot begin with the name of a hash algorithm between \"$\": it would be read as a hash. " +
              "Store a hash of it."
            : null;
    }

    private bool SetEntry(string userName, ReadOnlySpan<byte> entry)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        UserNameText.ThrowIfNotForAFile(userName, nameof(userName));
        _given.Add(userName);
        var last = _lines.FindLastIndex(line => line.Name == userName);
        if (last < 0)
        {
            Append(userName, entry);
            return true;
        }

        var replaced = _lines[last];
        _lines[last] = PasswordFileLine.OfEntry(userName, entry, replaced.End);
        if (_lines[last].MayBeCutOff) _lines[last].Finish(LineEnd);
        replaced.Erase();

        // The last one counts. Earlier ones would come back to life once it is removed.
        RemoveBefore(last, userName);
        return false;
    }

    private int RemoveBefore(int end, string userName)
    {
        var count = 0;
        for (var i = end - 1; i >= 0; i--)
        {
            if (_lines[i].Name != userName) continue;
            _lines[i].Erase();
            _lines.RemoveAt(i);
            count++;
        }

        return count;
    }

    private void Append(string userName, ReadOnlySpan<byte> entry)
    {
        var line = PasswordFileLine.OfEntry(userName, entry, LineEnd);

        // A line that counts for nothing because it may be cut off would count with an end.
        if (_lines.Count > 0 && _lines[^1].MayBeCutOff)
        {
            _lines.Insert(_lines.Count - 1, line);
            return;
        }

        if (_lines.Count > 0) _lines[^1].Finish(LineEnd);
        _lines.Add(line);
    }

    // What was written is the ground for the next change.
    private void Replace(byte[] text)
    {
        CryptographicOperations.ZeroMemory(_before);
        _before = text;
        _given.Clear();
    }

    private byte[]? Read()
    {
        try
        {
            using var file = UnlockedFile.Open(_target);
            return ReadAll(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private byte[] ReadAll(SafeFileHandle file)
    {
        try
        {
            return PasswordFileReader.ReadAll(file);
        }
        catch (IOException error)
        {
            throw new IOException($"{FullPath}: {error.Message}", error);
        }
    }

    private void ThrowIfChangedMeanwhile()
    {
        var now = Read();
        var isSame = now is null ? _before is null : _before is not null && now.AsSpan().SequenceEqual(_before);
        CryptographicOperations.ZeroMemory(now);
        if (!isSame) throw new ChangedMeanwhileException($"{FullPath} was changed by somebody else meanwhile. Nothing was written; open it again.");
    }

    private byte[] Join()
    {
        var head = _lines.Count > 0 && PasswordFileParser.BeginsWithMark(_lines[0].Text) ? CommentBeforeMark + LineEnd : "";
        var length = head.Length + _lines.Sum(line => (long)line.Text.Length + line.End.Length);
        if (length > PasswordFile.MaxSize)
        {
            throw new InvalidOperationException(
                $"{FullPath} would have {length} octets, and no password file of more than {PasswordFile.MaxSize} is read. Nothing was " +
                "written. Remove users or comments from it.");
        }

        var text = GC.AllocateArray<byte>((int)length, pinned: true);
        var rest = text.AsSpan(Encoding.ASCII.GetBytes(head, text));
        foreach (var line in _lines)
        {
            line.Text.CopyTo(rest);
            Encoding.ASCII.GetBytes(line.End, rest[line.Text.Length..]);
            rest = rest[(line.Text.Length + line.End.Length)..];
        }

        return text;
    }
}
