namespace Zmtp.Zap;

/// <summary>Writes files in one step: a reader sees the old or the new one, never half of one.</summary>
internal static class AtomicFile
{
    /// <summary>For its owner only.</summary>
    public const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>For everybody to read.</summary>
    public const UnixFileMode PublicMode = SecretMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Others than a file's owner may read it.</summary>
    public const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Others than a file's or directory's owner may write to it.</summary>
    public const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // As long as a file is read, many times over: none is large.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Writes a file and puts it in its place: see <see cref="PendingFile"/>.</summary>
    /// <param name="path">The target.</param>
    /// <param name="octets">The whole content.</param>
    /// <param name="mode">The mode; does not count on Windows, where the directory says who may read.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="keepMode">As for <see cref="PendingFile.Write"/>.</param>
    /// <param name="flushDirectory">What makes the renaming last; null for <see cref="DirectoryFlush.Run"/>. For tests.</param>
    /// <exception cref="UnflushedException">The file is in its place; all others mean that nothing was changed.</exception>
    /// <exception cref="IOException">
    /// The file cannot be written, is there and may not be replaced, or belongs to somebody whom a new file cannot, or must not, be given to.
    /// </exception>
    public static void Write(
        string path,
        ReadOnlySpan<byte> octets,
        UnixFileMode mode,
        bool overwrite,
        bool keepMode = false,
        Action<string>? flushDirectory = null)
    {
        using var file = PendingFile.Write(path, octets, mode, overwrite, keepMode);
        file.PutInPlace();
        file.Flush(flushDirectory);
    }

    /// <summary>
    /// Renames a file, over another one if need be. Windows does not do that while somebody has the other one open, as a program that
    /// follows its changes most likely has just then: it is tried again for a second.
    /// </summary>
    /// <exception cref="IOException">The system does not do it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be done, or somebody on Windows does not let go of the other file.</exception>
    public static void Move(string path, string target, bool overwrite)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                File.Move(path, target, overwrite);
                return;
            }
            catch (UnauthorizedAccessException) when (
                overwrite && OperatingSystem.IsWindows() && TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                Thread.Sleep(Pause);
            }
        }
    }

    /// <exception cref="IOException">There is a file.</exception>
    public static void ThrowIfExists(string path)
    {
        if (File.Exists(path)) throw Exists(path, cause: null);
    }

    /// <summary>What is said where a file is and may not be replaced.</summary>
    public static IOException Exists(string path, Exception? cause) =>
        new($"{path} is there already and was left as it is. Choose another name, or ask for it to be overwritten.", cause);
}
