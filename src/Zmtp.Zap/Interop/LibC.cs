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

    /// <summary>Opens what is there for reading. Returns a file descriptor, or -1.</summary>
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

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
}
