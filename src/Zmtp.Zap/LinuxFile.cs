using Microsoft.Win32.SafeHandles;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// What Linux tells about a file in one call, more than .NET passes on: which file it is of those that have had its name, and when
/// anything about it was last changed, which nobody can set back.
/// </summary>
internal readonly record struct LinuxFile(int Kind, FileStamp Stamp)
{
    // linux/stat.h
    private const int KindBits = 0xF000;
    private const int Regular = 0x8000;
    private const int Link = 0xA000;
    private const int Directory = 0x4000;
    private const int RightsBits = 0xFFF;
    private const uint KindModeTimesNumberAndSize = 0x1 | 0x2 | 0x40 | 0x80 | 0x100 | 0x200;
    private const uint NumberAndBirth = 0x100 | 0x800;

    // The C library has no such call.
    private static volatile bool _isNotTold;

    /// <summary>Who may do what with it.</summary>
    public UnixFileMode Mode { get; init; }

    public bool IsRegular => Kind == Regular;

    public bool IsLink => Kind == Link;

    public bool IsDirectory => Kind == Directory;

    /// <summary>
    /// Asks about a path. Null where the system does not tell (see <see cref="FileOwner.Of(string)"/>) and where there is nothing: .NET is to be
    /// asked then, which also has the words for what is wrong.
    /// </summary>
    public static LinuxFile? Of(string path, bool followsLinks) =>
        Ask(LibC.WorkingDirectory, path, followsLinks ? 0 : LibC.OfTheLinkItself);

    /// <summary>Asks about an open file. Null where the system does not tell.</summary>
    public static LinuxFile? Of(SafeFileHandle file) => Ask((int)file.DangerousGetHandle(), "", LibC.OfTheHandleItself);

    /// <summary>
    /// Which one it is of those that have had its path, whatever is changed in it or about it; links are followed. By its number on its device,
    /// and, because the next one may get that, by when it was made, where the file system keeps that. Null where the system does not tell.
    /// </summary>
    public static (uint DeviceMajor, uint DeviceMinor, ulong Inode, DateTime BornUtc)? IdentityOf(string path) =>
        TryAsk(LibC.WorkingDirectory, path, flags: 0, NumberAndBirth, out var facts)
            ? (facts.DeviceMajor, facts.DeviceMinor, facts.Inode, facts.Born.ToUtc())
            : null;

    /// <summary>Asks the system. False where it does not tell, and where there is nothing.</summary>
    /// <param name="directory">Where the path begins, or an open file.</param>
    /// <param name="path">The path; empty for the open file.</param>
    /// <param name="flags">How the path is meant.</param>
    /// <param name="mask">What is asked for (linux/stat.h).</param>
    /// <param name="facts">The answer.</param>
    public static bool TryAsk(int directory, string path, int flags, uint mask, out FileFacts facts)
    {
        facts = default;
        if (!OperatingSystem.IsLinux() || _isNotTold) return false;
        try
        {
            return LibC.Stat(directory, path, flags, mask, out facts) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // It is not asked again: each of ten thousand files would cost an exception.
            _isNotTold = true;
            return false;
        }
    }

    /// <summary>Whether the answer is about a file, and not about a link, a directory, a pipe or a device.</summary>
    public static bool IsRegularFile(in FileFacts facts) => (facts.Mode & KindBits) == Regular;

    private static LinuxFile? Ask(int directory, string path, int flags) =>
        TryAsk(directory, path, flags, KindModeTimesNumberAndSize, out var facts) ? Of(facts) : null;

    private static LinuxFile Of(in FileFacts facts)
    {
        var (written, changed) = (facts.Written.ToUtc(), facts.Changed.ToUtc());

        // The creation time is what .NET gives for it on Linux.
        var created = written < changed ? written : changed;
        var stamp = new FileStamp((long)facts.Size, written, created) { ChangedUtc = changed, Inode = facts.Inode };
        return new LinuxFile(facts.Mode & KindBits, stamp) { Mode = (UnixFileMode)(facts.Mode & RightsBits) };
    }
}
