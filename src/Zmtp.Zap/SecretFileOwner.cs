using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// Decides who gets a new secret file and who may read it: the owner of the file that it replaces, unless that one may only have put a
/// file or a link in its way, and those whom the mode of the replaced file allows.
/// </summary>
internal static class SecretFileOwner
{
    private const uint Root = 0;

    // linux/stat.h
    private const int RightsBits = 0xFFF;
    private const uint KindModeUserAndGroup = 0x1 | 0x2 | 0x8 | 0x10;

    /// <summary>Gives a new secret file to the owner of the one that it will replace. Does nothing where the system does not tell.</summary>
    /// <param name="file">The new file, open, and still of the user that makes it.</param>
    /// <param name="replaced">The full path of what it will replace.</param>
    /// <returns>The mode of the file that it will replace; null of what is no file but leads to one.</returns>
    /// <exception cref="IOException">It must not be given to them, or the system does not allow it.</exception>
    [UnsupportedOSPlatform("windows")]
    public static UnixFileMode? TakeOver(SafeFileHandle file, string replaced)
    {
        // One answer for kind, owner and mode: what stands there a moment later is not given anything, and opens nothing to anybody.
        if (Ask(replaced, LibC.OfTheLinkItself) is not { } old || FileOwner.Of(file) is not { } self) return ModeAsDotNetTells(replaced);
        var isRegular = LinuxFile.IsRegularFile(old);
        UnixFileMode? mode = isRegular ? (UnixFileMode)(old.Mode & RightsBits) : null;
        if (!isRegular && Ask(replaced, flags: 0) is { } behind) old = behind;
        if (Ask(Path.GetDirectoryName(replaced)!, flags: 0) is not { } directory) return mode;
        var rights = (UnixFileMode)(directory.Mode & RightsBits);
        if (WhyNot(self.UserId, old.UserId, isRegular, directory.UserId, rights) is { } why)
        {
            throw new IOException(
                $"{replaced} belongs to user {old.UserId} (a number of this system), and a new secret file is not given to them: {why}. " +
                "Nothing was changed. Do this as that user, or see what is there and delete it first; keep secret files where their owner " +
                "and root only may write.");
        }

        if (isRegular) new FileOwner(old.UserId, old.GroupId).TakeOver(file, replaced);
        return mode;
    }

    /// <summary>Why a new secret file must not be given to the owner of what it replaces; null when it may be.</summary>
    /// <param name="self">The user that makes it.</param>
    /// <param name="owner">The owner of the replaced file; of a link, the owner of its target.</param>
    /// <param name="isRegular">Whether what is replaced is a file, and no link, pipe or device.</param>
    /// <param name="directoryOwner">The owner of the directory.</param>
    /// <param name="directoryMode">Its mode: who may write to it.</param>
    public static string? WhyNot(uint self, uint owner, bool isRegular, uint directoryOwner, UnixFileMode directoryMode)
    {
        if (owner == self) return null;
        if (!isRegular) return "it is a link, or no file, and who made it may have chosen whom it leads to";

        // Sticky directories too: there nobody can take away what another put there first.
        if ((directoryMode & AtomicFile.OthersMayWrite) != 0)
        {
            return $"others than its owner may write to the directory (mode {Convert.ToString((int)directoryMode, 8)}) and may have put it there";
        }

        return directoryOwner == self || directoryOwner == owner || directoryOwner == Root
            ? null
            : $"the directory belongs to user {directoryOwner}, who may have put it there";
    }

    [UnsupportedOSPlatform("windows")]
    private static UnixFileMode? ModeAsDotNetTells(string path) =>
        new FileInfo(path).LinkTarget is null ? File.GetUnixFileMode(path) : null;

    private static FileFacts? Ask(string path, int flags) =>
        LinuxFile.TryAsk(LibC.WorkingDirectory, path, flags, KindModeUserAndGroup, out var facts) ? facts : null;
}
