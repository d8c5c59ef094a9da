using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zmtp.Zap;

/// <summary>Password files on disk. Their octets never become strings and are zeroed after use.</summary>
internal static class PasswordFileReader
{
    /// <summary>
    /// What tells the file's present state; of a link, that of its target. <see cref="FileStamp.Missing"/> also where it cannot be looked
    /// at.
    /// </summary>
    public static FileStamp Stamp(string path)
    {
        if (LinuxFile.Of(path, followsLinks: true) is { } known) return known.IsDirectory ? FileStamp.Missing : known.Stamp;
        return PathWalk.FileAt(path) is { } file ? FileStamp.AsDotNetTells(file) : FileStamp.Missing;
    }

    /// <summary>
    /// The directories in which others than their owner may put another file, or link, in place of the one that a path leads to, or of a link on
    /// the way to it.
    /// </summary>
    /// <exception cref="IOException">A directory cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static IReadOnlyList<string> ReplaceableIn(string path)
    {
        if (OperatingSystem.IsWindows()) return [];
        var directories = new List<string>();
        directories.Add(Path.GetDirectoryName(new PathWalk().Follow(path, directories))!);
        return [.. directories.Distinct(StringComparer.Ordinal).Where(PathWalk.IsReplaceableIn)];
    }

    /// <summary>Reads a file into a table.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="table">Gets the users.</param>
    /// <param name="mode">The file's mode; none where there are no modes.</param>
    /// <returns>The lines that are to be looked at.</returns>
    /// <exception cref="IOException">The file cannot be read, is too long, or is not text.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed.</exception>
    public static IReadOnlyList<PasswordFileProblem> Read(string path, PasswordTable table, out UnixFileMode mode)
    {
        using var file = UnlockedFile.Open(path);
        mode = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file);
        var text = ReadAll(file);
        try
        {
            return PasswordFileParser.Parse(text, table);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <returns>The whole file in pinned memory; the caller zeroes it.</returns>
    /// <exception cref="IOException">The file cannot be read, is too long, or is not text.</exception>
    public static byte[] ReadAll(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        if (length > PasswordFile.MaxSize)
        {
            throw new IOException($"The password file has {length} octets; at most {PasswordFile.MaxSize} are read.");
        }

        var text = GC.AllocateArray<byte>((int)length, pinned: true);
        try
        {
            var count = 0;
            for (var read = -1; read != 0 && count < text.Length; count += read) read = RandomAccess.Read(file, text.AsSpan(count), count);
            if (count < text.Length || RandomAccess.GetLength(file) != length)
            {
                throw new IOException("The password file was written to while it was read.");
            }

            if (text.AsSpan().Contains((byte)0))
            {
                throw new IOException(
                    "The password file holds octets of zero: it is not a text file (UTF-16?), or has been written in part only.");
            }

            return text;
        }
        catch
        {
            CryptographicOperations.ZeroMemory(text);
            throw;
        }
    }
}
