using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// Keeps out other writers of the same file that use this library, in this process and in others, from the look whether it has changed to
/// the moment when the new one is in its place. A hidden file beside it is held, and not the file itself, which is another one afterwards
/// and which anybody that may read it could hold. The hidden file is for its owner only, and gone at Dispose. What a process that was
/// killed leaves behind holds up nobody but other users than the one it ran as (and not root), who cannot see whether somebody is at work:
/// they are told to remove it.
/// </summary>
/// <remarks>
/// In a directory that others may write to anything may be in the place of that file. A link is not followed, which could make a file
/// anywhere or hold one, and a pipe is not waited for. Only Linux tells enough for that without a doubt; elsewhere one moment is left
/// between the look and the opening.
/// </remarks>
internal static class FileLock
{
    // As long as a disk that is busy takes to write a file, a few times over.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const string Suffix = ".lock";

    // Names have at most 255 octets, on some file systems fewer.
    private const int LongestName = 128;

    // EWOULDBLOCK of Linux and of other Unixes, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];

    /// <param name="path">The full path of the file that is to be changed.</param>
    /// <exception cref="IOException">
    /// Somebody else is changing it or has left a lock behind, there is no place for it, or what is in the place of the lock is no file.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static IDisposable Take(string path)
    {
        PendingFile.ThrowIfNoPlaceForAFile(path);
        var place = PathOf(path);
        var isLinux = LinuxFile.Of(Path.GetDirectoryName(place) ?? place, followsLinks: true) is not null;
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            IDisposable? file = isLinux ? TryHold(place, out var cause) : TryHoldElsewhere(place, out cause);
            if (file is not null) return file;
            if (TimeProvider.System.GetElapsedTime(start) >= Patience) throw Held(path, place, cause);
            Thread.Sleep(Pause);
        }
    }

    /// <returns>Null when somebody else has it.</returns>
    private static Holding? TryHold(string place, out Exception? cause)
    {
        var file = TryCreate(place, out cause) ?? TryOpen(place, ref cause);
        if (file is null) return null;

        // Its last holder removes it before letting go of it, and then this is not the file that the next one finds.
        if (!IsHeldByAnother(file.SafeFileHandle) && IsInPlace(file.SafeFileHandle, place)) return new Holding(file, place);
        file.Dispose();
        return null;
    }

    // Whatever has the name, a link to nothing among them, keeps it from being made.
    private static FileStream? TryCreate(string place, out Exception? cause)
    {
        cause = null;
        try
        {
            return new FileStream(place, Options(FileMode.CreateNew, FileOptions.None));
        }
        catch (IOException error) when (error.HResult == LibC.Exists || IsHeld.Contains(error.HResult))
        {
            cause = error;
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw NotAllowed(place, error);
        }
    }

    private static FileStream? TryOpen(string place, ref Exception? cause)
    {
        try
        {
            return new FileStream(UnlockedFile.OpenItselfForWriting(place), FileAccess.Write, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // It is gone by now, or belongs to another user: nobody can say whether that one is at work.
            cause = error;
            return null;
        }
    }

    // Where the file system knows no locks there is none, as for .NET.
    private static bool IsHeldByAnother(SafeFileHandle file) => LibC.Lock(file) != 0 && IsHeld.Contains(Marshal.GetLastPInvokeError());

    private static bool IsInPlace(SafeFileHandle file, string place) =>
        LinuxFile.Of(file) is { } held && LinuxFile.Of(place, followsLinks: false)?.Stamp.Inode == held.Stamp.Inode;

    // That the file which was opened and the one which is there are the same, the system's own code sees to.
    internal static FileStream? TryHoldElsewhere(string place, out Exception? cause)
    {
        cause = null;
        try
        {
            ThrowIfNoFile(place);
            return new FileStream(place, Options(FileMode.OpenOrCreate, FileOptions.DeleteOnClose));
        }
        catch (IOException error) when (IsHeld.Contains(error.HResult))
        {
            cause = error;
        }
        catch (UnauthorizedAccessException error)
        {
            if (!File.Exists(place)) throw NotAllowed(place, error);
            cause = error;
        }

        return null;
    }

    private static void ThrowIfNoFile(string place)
    {
        // A directory is refused as a directory around it is that may not be written to.
        if (new FileInfo(place).LinkTarget is not null || Directory.Exists(place)) throw new NotAFileException(place);
        if (OperatingSystem.IsWindows()) return;
        try
        {
            UnlockedFile.Open(place).Dispose();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // The opening that follows says so, if it matters.
        }
    }

    private static UnauthorizedAccessException NotAllowed(string place, UnauthorizedAccessException cause) => new(
        $"The directory {Path.GetDirectoryName(place)} may not be written to by this user, so that no file in it can be replaced. Nothing was " +
        "written. Check its owner and mode, and as whom this runs.",
        cause);

    private static IOException Held(string path, string place, Exception? cause)
    {
        var what = $"{path} is being changed by somebody else. Nothing was written; begin again.";
        return cause is UnauthorizedAccessException
            ? new IOException($"{what} If nobody is at work, a program of another user's that was stopped has left {place} behind: remove it.", cause)
            : new ChangedMeanwhileException($"{what} Look who has {place} open if this goes on.", cause);
    }

    private static string PathOf(string path)
    {
        var name = Path.GetFileName(path);
        if (Encoding.UTF8.GetByteCount(name) > LongestName) name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return Path.Combine(Path.GetDirectoryName(path) ?? path, "." + name + Suffix);
    }

    private static FileStreamOptions Options(FileMode mode, FileOptions more)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = more,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = AtomicFile.SecretMode;
        return options;
    }

    private sealed class Holding(FileStream file, string place) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                File.Delete(place);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // What stays behind is locked by nobody in a moment.
            }

            file.Dispose();
        }
    }
}
