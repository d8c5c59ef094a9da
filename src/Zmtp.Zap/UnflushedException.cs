namespace Zmtp.Zap;

/// <summary>A file was written and is in its place, but may not outlive a crash of the machine.</summary>
internal sealed class UnflushedException(string path, Exception cause) : IOException(
    $"{path} was written, but its directory could not be flushed to disk: after a crash the earlier file may be back. Check the disk, then " +
    $"write it once more. {cause.Message}",
    cause);
