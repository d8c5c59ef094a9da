using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// Opens files for reading, and neither takes a lock nor minds one. On Unix .NET takes one for every file that it opens and fails where
/// somebody else has the file for himself, which whoever may read the file can have for as long as he likes.
/// </summary>
internal static class UnlockedFile
{
    // errno.h, the same on every Unix
    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int PermissionDenied = 13;
    private const int NotADirectory = 20;

    /// <summary>
    /// Opens a file; never waits for whoever is at the other end of what is no file. Links are followed.
    /// </summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="NotAFileException">A pipe, a socket or a device is there.</exception>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="DirectoryNotFoundException">Not even its directory is.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed, or it is a directory.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }

        var file = new SafeFileHandle(OpenDescriptor(path), ownsHandle: true);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw Explain(path, error);
        }

        try
        {
            ThrowIfNoFile(file, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static int OpenDescriptor(string path)
    {
        while (true)
        {
            var descriptor = LibC.Open(path, OpenFlags.CloseOnExecute | OpenFlags.NonBlocking);
            if (descriptor >= 0 || Marshal.GetLastPInvokeError() != Interrupted) return descriptor;
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

    private static Exception Explain(string path, int error)
    {
        var reason = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoEntry when Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) =>
                new FileNotFoundException($"Could not find file '{path}'.", path),
            NoEntry or NotADirectory => new DirectoryNotFoundException($"Could not find a part of the path '{path}'."),
            PermissionDenied or NotPermitted => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
            _ => new IOException($"{path} cannot be opened: {reason}.", error),
        };
    }
}
