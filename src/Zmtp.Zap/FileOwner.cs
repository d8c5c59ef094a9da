using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>The owner of a file: a user and a group of the system, by their numbers.</summary>
internal readonly record struct FileOwner(uint UserId, uint GroupId)
{
    // linux/stat.h
    private const uint UserAndGroup = 0x8 | 0x10;

    /// <summary>
    /// The owner of the file at a path, of a link that of its target. Null where there is none, and where the system does not tell: other
    /// than Linux, and C libraries before glibc 2.28 and musl 1.2.5.
    /// </summary>
    public static FileOwner? Of(string path) => Ask(LibC.WorkingDirectory, path, flags: 0);

    /// <summary>The owner of an open file. Null where the system does not tell.</summary>
    public static FileOwner? Of(SafeFileHandle file) => Ask((int)file.DangerousGetHandle(), "", LibC.OfTheHandleItself);

    /// <summary>Makes a file belong to this owner. Does nothing when it does so already.</summary>
    /// <param name="file">An open file.</param>
    /// <param name="replaced">The file that it will replace, for the error.</param>
    /// <exception cref="IOException">The system does not allow it.</exception>
    public void TakeOver(SafeFileHandle file, string replaced)
    {
        if (Of(file) == this) return;
        if (LibC.ChangeOwner(file, UserId, GroupId) == 0) return;
        var reason = Marshal.GetLastPInvokeErrorMessage();
        throw new IOException(
            $"{replaced} belongs to user {UserId} and group {GroupId} (numbers of this system), and a new file cannot be given to them: " +
            $"{reason}. Nothing was changed, because whoever reads the file now might not be able to read the new one. Do this as that " +
            "user or as root.");
    }

    private static FileOwner? Ask(int directory, string path, int flags) =>
        LinuxFile.TryAsk(directory, path, flags, UserAndGroup, out var facts) ? new FileOwner(facts.UserId, facts.GroupId) : null;
}
