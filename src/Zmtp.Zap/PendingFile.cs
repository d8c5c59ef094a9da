using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// A file that is written and on disk, beside the place where it is to be. Disposed of before it is in its place, it is gone and nothing
/// has changed.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private readonly string _target;
    private readonly bool _overwrite;

    private PendingFile(string temporary, string target, bool overwrite)
    {
        _temporary = temporary;
        _target = target;
        _overwrite = overwrite;
    }

    /// <summary>Whether the file is in its place.</summary>
    public bool IsInPlace { get; private set; }

    /// <summary>
    /// Writes the file. It has its final owner and mode before its first octet; there is no moment at which others could open it. One that
    /// replaces another has the owner and group of that one (see <see cref="FileOwner.Of(string)"/> for where), a secret one only where nobody
    /// else can have chosen them (<see cref="SecretFileOwner"/>). Lists of access rights beyond the mode are not kept.
    /// </summary>
    /// <param name="path">Where it is to be.</param>
    /// <param name="octets">The whole content.</param>
    /// <param name="mode">The mode; does not count on Windows. <see cref="AtomicFile.SecretMode"/> makes it a secret file.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="keepMode">
    /// Whether the mode of a file that is replaced holds, and not the one given here; of a public one without leave for others to write. A
    /// secret one that stands in for a link has the mode given here: the maker of the link may have chosen what it leads to.
    /// </param>
    /// <exception cref="IOException">
    /// The file cannot be written, is there and may not be replaced, or belongs to somebody whom a new file cannot, or must not, be given to.
    /// </exception>
    public static PendingFile Write(string path, ReadOnlySpan<byte> octets, UnixFileMode mode, bool overwrite, bool keepMode)
    {
        var target = Path.GetFullPath(path);
        ThrowIfNoPlaceForAFile(target);
        if (!overwrite) AtomicFile.ThrowIfExists(target);
        var isSecret = mode == AtomicFile.SecretMode;
        var pending = new PendingFile(TemporaryPath(target, isSecret), target, overwrite);
        try
        {
            using var file = new FileStream(pending._temporary, Options(mode));
            if (overwrite) TakeOver(file.SafeFileHandle, target, isSecret, keepMode);
            file.Write(octets);
            file.Flush(flushToDisk: true);
            return pending;
        }
        catch
        {
            pending.Dispose();
            throw;
        }
    }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="IOException">It cannot be, or a file is there and may not be replaced.</exception>
    public void PutInPlace()
    {
        if (!_overwrite && !OperatingSystem.IsWindows() && TryLink()) return;
        try
        {
            AtomicFile.Move(_temporary, _target, _overwrite);
            IsInPlace = true;
        }
        catch (IOException cause) when (!_overwrite && File.Exists(_target) && File.Exists(_temporary))
        {
            // Somebody else was quicker.
            throw AtomicFile.Exists(_target, cause);
        }
    }

    /// <summary>Makes it outlive a crash that the file is in its place, and every other change in its directory before.</summary>
    /// <param name="flushDirectory">Does it; null for <see cref="DirectoryFlush.Run"/>. For tests.</param>
    /// <exception cref="UnflushedException">The disk or the file system reports an error.</exception>
    public void Flush(Action<string>? flushDirectory = null)
    {
        try
        {
            (flushDirectory ?? DirectoryFlush.Run)(Path.GetDirectoryName(_target)!);
        }
        catch (IOException cause)
        {
            throw new UnflushedException(_target, cause);
        }
    }

    public void Dispose()
    {
        if (!IsInPlace) File.Delete(_temporary);
    }

    /// <summary>
    /// Takes the name if nobody has it. Not <see cref="File.Move(string, string, bool)"/>: on Unix that one looks whether there is a file and
    /// then renames, over what has come in between. False: the file system knows no links, and has nothing better.
    /// </summary>
    private bool TryLink()
    {
        if (LibC.Link(_temporary, _target) != 0)
        {
            if (Marshal.GetLastPInvokeError() == LibC.Exists) throw AtomicFile.Exists(_target, cause: null);
            return false;
        }

        // From here on it is there: a second name that stays behind is a lesser evil than a file that is taken back.
        IsInPlace = true;
        File.Delete(_temporary);
        return true;
    }

    internal static void ThrowIfNoPlaceForAFile(string target)
    {
        if (Directory.Exists(target)) throw new IOException($"{target} is a directory. Name a file.");
        var directory = Path.GetDirectoryName(target);
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no directory {directory} to write a file into.");
    }

    private static void TakeOver(SafeFileHandle file, string target, bool isSecret, bool keepMode)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(target)) return;

        // A link has no readers of its own: what counts is what it led to, if anything.
        var replaced = PathWalk.TargetOf(target);
        if (!File.Exists(replaced)) return;

        // The owner first: its change may take bits from the mode.
        var kept = isSecret ? SecretFileOwner.TakeOver(file, target) : TakeOverPublic(file, target, replaced);
        if (keepMode && kept is { } mode) File.SetUnixFileMode(file, mode);
    }

    [UnsupportedOSPlatform("windows")]
    private static UnixFileMode? TakeOverPublic(SafeFileHandle file, string target, string replaced)
    {
        FileOwner.Of(replaced)?.TakeOver(file, target);
        return File.GetUnixFileMode(replaced) & ~AtomicFile.OthersMayWrite;
    }

    /// <summary>
    /// Begins with a dot and keeps the secret suffix, so that no store takes it for a certificate. Short, so that any name that the
    /// file system allows for the target can be written.
    /// </summary>
    private static string TemporaryPath(string target, bool isSecret)
    {
        var name = "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + (isSecret ? Certificate.SecretSuffix : "");
        return Path.Combine(Path.GetDirectoryName(target) ?? target, name);
    }

    private static FileStreamOptions Options(UnixFileMode mode)
    {
        // No buffer: the octets would stay behind in it.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        return options;
    }
}
