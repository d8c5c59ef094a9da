namespace Zmtp.Zap;

/// <summary>
/// What tells one state of a file from the next. Where the system knows it, the creation time tells a file renamed over it.
/// </summary>
internal readonly record struct FileStamp(long Length, DateTime LastWriteUtc, DateTime CreationUtc)
{
    /// <summary>Of no file.</summary>
    public static readonly FileStamp Missing = new(-1, DateTime.MinValue, DateTime.MinValue);

    /// <summary>
    /// File systems count time in steps of up to two seconds (FAT). A file read within this time of its last change may have changed
    /// once more without a trace, so it is read again.
    /// </summary>
    private static readonly TimeSpan CoarsestStep = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Nothing here tells a file from another of the same length whose times were copied, on a system that keeps no creation time. So
    /// every file is read again after a minute.
    /// </summary>
    private static readonly TimeSpan LongestTrust = TimeSpan.FromMinutes(1);

    /// <summary>Whether a file that had this stamp when it was read at one time, and has it still, need not be read again now.</summary>
    public bool IsTrusted(DateTime readUtc, DateTime nowUtc) => readUtc - LastWriteUtc > CoarsestStep && nowUtc - readUtc < LongestTrust;
}
