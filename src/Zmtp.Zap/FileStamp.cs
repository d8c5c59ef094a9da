namespace Zmtp.Zap;

/// <summary>
/// What tells one state of a file from the next. Where the system knows it, the creation time tells a file renamed over it; on Linux its
/// number and the time of its last change do, which nobody can copy.
/// </summary>
internal readonly record struct FileStamp(long Length, DateTime LastWriteUtc, DateTime CreationUtc)
{
    /// <summary>The stamp where there is no file. The default is that of a file of which nothing could be learned.</summary>
    public static readonly FileStamp Missing = new(-1, DateTime.MinValue, DateTime.MinValue);

    /// <summary>
    /// File systems count time in steps of up to two seconds (FAT). A file read within this time of its last change may have changed
    /// once more without a trace, so it is read again.
    /// </summary>
    private static readonly TimeSpan CoarsestStep = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Where neither a creation time is kept nor the system is Linux, nothing here tells a file from another of the same length whose times
    /// were copied, and there are file systems that number their files anew as they like. So every file is read again after a minute.
    /// </summary>
    private static readonly TimeSpan LongestTrust = TimeSpan.FromMinutes(1);

    /// <summary>By how much the clock of a file server may be ahead of ours.</summary>
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(5);

    /// <summary>When anything about the file was last changed, its mode included; the default where it is not known.</summary>
    public DateTime ChangedUtc { get; init; }

    /// <summary>The file's number in its file system; 0 where it is not known.</summary>
    public ulong Inode { get; init; }

    /// <summary>
    /// By how much the last write may be later than it looks: a time in whole seconds may come of a file system that keeps no others.
    /// </summary>
    public TimeSpan Step => LastWriteUtc.Ticks % TimeSpan.TicksPerSecond == 0 ? CoarsestStep : TimeSpan.Zero;

    /// <summary>The stamp of a file that is no link.</summary>
    public static FileStamp Of(FileInfo file) =>
        LinuxFile.Of(file.FullName, followsLinks: false)?.Stamp ?? AsDotNetTells(file);

    /// <summary>
    /// The stamp of a file, as .NET knows it on every system; the default where its time is one that .NET has no words for.
    /// </summary>
    public static FileStamp AsDotNetTells(FileInfo file)
    {
        try
        {
            return new FileStamp(file.Length, file.LastWriteTimeUtc, file.CreationTimeUtc);
        }
        catch (ArgumentOutOfRangeException)
        {
            return default;
        }
    }

    /// <summary>
    /// Whether a file that had this stamp when it was read at one time, and has it still, need not be read again now. Not where the clock was set
    /// back since, by more than it would be trusted for.
    /// </summary>
    public bool IsTrusted(DateTime readUtc, DateTime nowUtc) =>
        this != default && readUtc - LatestUtc(readUtc) > CoarsestStep && (nowUtc - readUtc).Duration() < LongestTrust;

    /// <summary>
    /// Whether it is of the same file as the other one, written or changed in between, and not of one that was renamed over it; as far as the
    /// system tells.
    /// </summary>
    public bool IsOfTheSameFileAs(FileStamp other) =>
        this != Missing && (Inode != 0 ? Inode == other.Inode : CreationUtc == other.CreationUtc);

    /// <summary>When it was last written or changed, as far as that is to be believed.</summary>
    /// <param name="nowUtc">When it was looked at.</param>
    /// <remarks>
    /// The time of the last write can be set to anything; that of the last change cannot, and every write moves it. But there are file systems
    /// on Linux that keep none and give another in its place (FAT that of the last write; behind FUSE that of the creation, or 1970), so that
    /// a later last write is believed, too. One that is yet to come, by more than clocks differ, is not: somebody has set it, and the
    /// whole file would be read again at every check until then.
    /// </remarks>
    public DateTime LatestUtc(DateTime nowUtc)
    {
        if (ChangedUtc == default) return LastWriteUtc;
        return ChangedUtc > LastWriteUtc || LastWriteUtc - nowUtc > LargestSkew ? ChangedUtc : LastWriteUtc;
    }
}
