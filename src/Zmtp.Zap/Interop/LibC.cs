using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zmtp.Zap.Interop;

/// <summary>The few calls of Unix that .NET has no words for. All set errno (<see cref="Marshal.GetLastPInvokeError"/>).</summary>
internal static partial class LibC
{
    /// <summary>EEXIST: the name is taken.</summary>
    public const int Exists = 17;

    /// <summary>AT_FDCWD: paths that are not full begin at the working directory.</summary>
    public const int WorkingDirectory = -100;

    /// <summary>AT_SYMLINK_NOFOLLOW: what is asked about is the link itself.</summary>
    public const int OfTheLinkItself = 0x100;

    /// <summary>AT_EMPTY_PATH: what is asked about is the handle in place of a directory.</summary>
    public const int OfTheHandleItself = 0x1000;

    private const string Library = "libc";

    // EINTR
    private const int Interrupted = 4;

    // sys/file.h: LOCK_EX and LOCK_NB
    private const int AloneOrNotAtAll = 2 | 4;

    /// <summary>Opens what is there, however many signals come in between. Returns a file descriptor, or -1.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">None that makes a file: see <see cref="OpenFlags"/>.</param>
    public static int Open(string path, int flags)
    {
        while (true)
        {
            var descriptor = OpenOnce(path, flags);
            if (descriptor >= 0 || Marshal.GetLastPInvokeError() != Interrupted) return descriptor;
        }
    }

    /// <summary>
    /// Locks an open file against all other locks of this kind, and against .NET's own, until it is closed; does not wait where it is
    /// locked. Returns 0, or -1.
    /// </summary>
    public static int Lock(SafeFileHandle file)
    {
        while (true)
        {
            var result = LockOnce(file, AloneOrNotAtAll);
            if (result >= 0 || Marshal.GetLastPInvokeError() != Interrupted) return result;
        }
    }

    /// <summary>Gives a file one more name, which nobody has. Returns 0, or -1.</summary>
    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string name);

    /// <summary>Gives a file to an owner and a group. Returns 0, or -1.</summary>
    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint userId, uint groupId);

    /// <summary>
    /// Tells about a file. Linux only; the one call of this kind whose answer has the same shape on every processor. Returns 0, or -1.
    /// </summary>
    /// <exception cref="EntryPointNotFoundException">The C library is older (glibc before 2.28, musl before 1.2.5).</exception>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int directory, string path, int flags, uint mask, out FileFacts facts);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenOnce(string path, int flags);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    private static partial int LockOnce(SafeFileHandle file, int operation);
}
