namespace Zmtp.Zap;

/// <summary>What tells one state of a file from the next. Creation time as well, because a file renamed over it has another.</summary>
internal readonly record struct FileStamp(long Length, DateTime LastWriteUtc, DateTime CreationUtc)
{
    /// <summary>Of no file; settled for ever.</summary>
    public static readonly FileStamp Missing = new(-1, DateTime.MinValue, DateTime.MinValue);

    /// <summary>
    /// File systems count time in steps of up to two seconds (FAT). A file read within this time of its last change may have changed
    /// once more without a trace, so it is read again.
    /// </summary>
    private static readonly TimeSpan CoarsestStep = TimeSpan.FromSeconds(2);

    public bool WasSettledAt(DateTime readUtc) => readUtc - LastWriteUtc > CoarsestStep;
}
