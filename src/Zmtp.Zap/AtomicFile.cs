using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zmtp.Zap;

/// <summary>Writes files in one step: whoever reads sees the old or the new one, never half of one.</summary>
internal static class AtomicFile
{
    /// <summary>For its owner only.</summary>
    public const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>For everybody to read.</summary>
    public const UnixFileMode PublicMode = SecretMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Writes a new file beside the target, flushes it to disk, renames it and flushes the directory. It has its final owner and mode before
    /// its first octet; there is no moment at which others could open it. A file that is replaced keeps its owner and group (see
    /// <see cref="FileOwner.Of"/> for where). Lists of access rights beyond the mode are not kept.
    /// </summary>
    /// <param name="path">The target.</param>
    /// <param name="octets">The whole content.</param>
    /// <param name="mode">The mode; does not count on Windows, where the directory says who may read.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="keepMode">Whether the mode of a file that is replaced holds, and not the one given here.</param>
    /// <param name="flushDirectory">What makes the renaming last; null for <see cref="DirectoryFlush.Run"/>. For tests.</param>
    /// <exception cref="UnflushedException">The file is in its place; all others mean that nothing was changed.</exception>
    /// <exception cref="IOException">
    /// The file cannot be written, is there and may not be replaced, or belongs to somebody whom a new file cannot be given to.
    /// </exception>
    public static void Write(
        string path,
        ReadOnlySpan<byte> octets,
        UnixFileMode mode,
        bool overwrite,
        bool keepMode = false,
        Action<string>? flushDirectory = null)
    {
        var target = Path.GetFullPath(path);
        ThrowIfNoPlaceForAFile(target);
        if (!overwrite) ThrowIfExists(target);
        var temporary = TemporaryPath(target, isSecret: mode == SecretMode);
        try
        {
            using (var file = new FileStream(temporary, Options(mode)))
            {
                if (overwrite) TakeOver(file.SafeFileHandle, target, keepMode);
                file.Write(octets);
                file.Flush(flushToDisk: true);
            }

            Rename(temporary, target, overwrite);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        Flush(Path.GetDirectoryName(target)!, target, flushDirectory ?? DirectoryFlush.Run);
    }

    /// <exception cref="IOException">There is a file.</exception>
    public static void ThrowIfExists(string path)
    {
        if (File.Exists(path)) throw Exists(path, cause: null);
    }

    private static void ThrowIfNoPlaceForAFile(string target)
    {
        if (Directory.Exists(target)) throw new IOException($"{target} is a directory. Name a file.");
        var directory = Path.GetDirectoryName(target);
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"There is no directory {directory} to write a file into.");
    }

    private static void TakeOver(SafeFileHandle file, string target, bool keepMode)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(target)) return;

        // A link has neither: what counts is what was read through it.
        var replaced = File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? target;

        // The owner first: its change may take bits from the mode.
        FileOwner.Of(replaced)?.TakeOver(file, target);
        if (keepMode) File.SetUnixFileMode(file, File.GetUnixFileMode(replaced));
    }

    private static void Rename(string temporary, string target, bool overwrite)
    {
        try
        {
            File.Move(temporary, target, overwrite);
        }
        catch (IOException cause) when (!overwrite && File.Exists(target) && File.Exists(temporary))
        {
            // Somebody else was quicker.
            throw Exists(target, cause);
        }
    }

    private static void Flush(string directory, string target, Action<string> flushDirectory)
    {
        try
        {
            flushDirectory(directory);
        }
        catch (IOException cause)
        {
            throw new UnflushedException(target, cause);
        }
    }

    private static IOException Exists(string path, Exception? cause) =>
        new($"{path} is there already and was left as it is. Choose another name, or ask for it to be overwritten.", cause);

    /// <summary>
    /// Begins with a dot and keeps the secret suffix, so that no store takes it for a certificate. Short, so that any name that the
    /// file system allows for the target can be written.
    /// </summary>
    private static string TemporaryPath(string target, bool isSecret)
    {
        var name = "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + (isSecret ? Certificate.SecretSuffix : "");
        return Path.Combine(Path.GetDirectoryName(target) ?? target, name);
    }

    private static FileStreamOptions Options(UnixFileMode mode)
    {
        // No buffer: the octets would stay behind in it.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        return options;
    }
}
