using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zmtp.Zap;

/// <summary>Reads certificate files.</summary>
internal static class CertificateFile
{
    /// <summary>No certificate is larger; whatever is was put there by mistake or in bad faith.</summary>
    public const int MaxSize = 64 * 1024;

    /// <param name="path">The file's path.</param>
    /// <param name="readSecret">Whether a secret key in it is read.</param>
    /// <param name="allowOthers">Whether a file with a secret key may be open to others than its owner.</param>
    /// <exception cref="SecretFileModeException">It is, and may not be.</exception>
    public static Certificate Read(string path, bool readSecret, bool allowOthers)
    {
        using var file = UnlockedFile.Open(path);
        path = Path.GetFullPath(path);
        var certificate = Read(file, path, readSecret);
        if (!certificate.HasSecretKey || allowOthers || OperatingSystem.IsWindows()) return certificate;

        // Of the open handle, so that the file that is judged is the one that was read.
        var mode = File.GetUnixFileMode(file);
        if ((mode & (AtomicFile.OthersMayRead | AtomicFile.OthersMayWrite)) == 0) return certificate;
        certificate.Dispose();
        throw new SecretFileModeException(path, mode);
    }

    private static Certificate Read(SafeFileHandle file, string path, bool readSecret)
    {
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
            if (count == 0) throw new ZplFormatException("The file is empty.", path);
            return CertificateParser.Parse(octets.AsSpan(0, count), path, readSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }
}
