using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// Opens files for reading, and neither takes a lock nor minds one. On Unix .NET takes one for every file that it opens and fails where
/// another process holds the file's lock, which any user that may read the file can hold for as long as they like.
/// Errors name the file in full, as those of .NET do.
/// </summary>
internal static class UnlockedFile
{
    // errno.h, the same on every Unix
    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int NoDevice = 6;
    private const int PermissionDenied = 13;
    private const int NotADirectory = 20;

    // ELOOP of Linux
    private const int TooManyLinks = 40;

    // ENAMETOOLONG of Linux; of macOS and FreeBSD.
    private const int NameTooLong = 36;
    private const int NameTooLongOfBsd = 63;

    /// <summary>
    /// Opens a file; never waits for the other end of a pipe or the like. Links are followed.
    /// </summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="NotAFileException">A pipe, a socket or a device is there.</exception>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="DirectoryNotFoundException">Not even its directory is.</exception>
    /// <exception cref="PathTooLongException">No file can have that name.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed, or it is a directory.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }

        return Open(path, OpenFlags.CloseOnExecute | OpenFlags.NonBlocking);
    }

    /// <summary>
    /// Opens a file that is there for writing, itself and nothing that it leads to; changes nothing about it. Linux only.
    /// </summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="NotAFileException">A link, a pipe, a socket or a device is there.</exception>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="DirectoryNotFoundException">Not even its directory is.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed.</exception>
    /// <exception cref="IOException">The file cannot be opened, or it is a directory.</exception>
    public static SafeFileHandle OpenItselfForWriting(string path) => Open(
        path, OpenFlags.Writing | OpenFlags.CloseOnExecute | OpenFlags.NonBlocking | OpenFlags.NotThroughALink);

    private static SafeFileHandle Open(string path, int flags)
    {
        var file = new SafeFileHandle(LibC.Open(path, flags), ownsHandle: true);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw Explain(Path.GetFullPath(path), flags, error);
        }

        try
        {
            ThrowIfNoFile(file, Path.GetFullPath(path));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Of the open handle: what was there when somebody looked may be another thing by now.
    private static void ThrowIfNoFile(SafeFileHandle file, string path)
    {
        if (File.GetAttributes(file).HasFlag(FileAttributes.Directory))
        {
            throw new UnauthorizedAccessException($"{path} is a directory. Name a file.");
        }

        if (LinuxFile.Of(file) is { } known ? !known.IsRegular : !HasLength(file)) throw new NotAFileException(path);
    }

    private static bool HasLength(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file) >= 0;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static Exception Explain(string path, int flags, int error)
    {
        var reason = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoEntry when Directory.Exists(Path.GetDirectoryName(path)) =>
                new FileNotFoundException($"Could not find file '{path}'.", path),
            NoEntry or NotADirectory => new DirectoryNotFoundException($"Could not find a part of the path '{path}'."),
            PermissionDenied or NotPermitted => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
            _ when IsTooLong(error) => new PathTooLongException($"{path} is too long for a name of a file: {reason}."),
            TooManyLinks when IsNotThroughALink(flags) => new NotAFileException(path),
            _ when IsOfNoFile(error) => new NotAFileException(path),
            _ => new IOException($"{path} cannot be opened: {reason}.", error),
        };
    }

    private static bool IsNotThroughALink(int flags) => OperatingSystem.IsLinux() && (flags & OpenFlags.NotThroughALink) != 0;

    private static bool IsTooLong(int error) => error == (OperatingSystem.IsLinux() ? NameTooLong : NameTooLongOfBsd);

    // A socket cannot be opened, nor a device that is not there, nor for writing a pipe that nobody reads from. Of the first macOS and
    // FreeBSD say so in other words (EOPNOTSUPP).
    private static bool IsOfNoFile(int error) =>
        error == NoDevice || (OperatingSystem.IsMacOS() && error == 102) || (OperatingSystem.IsFreeBSD() && error == 45);
}
