using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>Certificate files on disk.</summary>
internal static class CertificateFile
{
    /// <summary>No certificate is larger; whatever is was put there by mistake or in bad faith.</summary>
    public const int MaxSize = 64 * 1024;

    private const UnixFileMode SecretMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PublicMode = SecretMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static Certificate Read(string path, bool readSecret)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length > MaxSize) throw new ZplFormatException($"The file has {length} octets; a certificate has at most {MaxSize}.", path);

        // One more than expected, so that a file that grows meanwhile is noticed rather than cut.
        var octets = GC.AllocateUninitializedArray<byte>((int)length + 1, pinned: true);
        try
        {
            var count = 0;
            for (var read = -1; read != 0 && count < octets.Length; count += read)
            {
                read = RandomAccess.Read(file, octets.AsSpan(count), count);
            }

            if (count == octets.Length) throw new IOException($"{path} was written to while it was read. Try again.");
            return CertificateParser.Parse(octets.AsSpan(0, count), path, readSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>
    /// Writes a new file beside the target, flushes it to disk and renames it: whoever reads sees the old or the new one. A secret file
    /// is made with its final mode; there is no moment at which others could open it.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> octets, bool isSecret)
    {
        var target = Path.GetFullPath(path);
        var temporary = TemporaryPath(target, isSecret);
        try
        {
            using (var file = new FileStream(temporary, Options(isSecret)))
            {
                file.Write(octets);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Begins with a dot and keeps the secret suffix, so that no store takes it for a certificate. Short, so that any name that the
    /// file system allows for the target can be written.
    /// </summary>
    private static string TemporaryPath(string target, bool isSecret)
    {
        var name = "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + (isSecret ? Certificate.SecretSuffix : "");
        return Path.Combine(Path.GetDirectoryName(target) ?? target, name);
    }

    private static FileStreamOptions Options(bool isSecret)
    {
        // No buffer: the octets would stay behind in it.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = isSecret ? SecretMode : PublicMode;
        return options;
    }
}
