using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>Makes what was renamed in a directory outlive a crash of the machine.</summary>
internal static class DirectoryFlush
{
    /// <summary>
    /// Flushes a directory to disk. Windows does that by itself, and there is nothing to be done where a directory may be written and not
    /// read, or the file system knows no such call.
    /// </summary>
    /// <param name="directory">The full path.</param>
    /// <exception cref="IOException">The disk or the file system reports an error.</exception>
    public static void Run(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        using var handle = new SafeFileHandle(LibC.Open(directory, OpenFlags.CloseOnExecute), ownsHandle: true);
        if (!handle.IsInvalid) RandomAccess.FlushToDisk(handle);
        else if (Marshal.GetLastPInvokeError() != PermissionDenied) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    // errno.h, the same on every Unix
    private const int PermissionDenied = 13;
}
