using System.Security.Cryptography;
using System.Text;

namespace Zmtp.Zap;

/// <summary>
/// Keeps others who change the same file by this library out, in this process and in others, from the look whether it has changed to the
/// moment when the new one is in its place. A hidden file beside it is held, and not the file itself, which is another one afterwards and
/// which whoever may read it could hold. It is for its owner only, and gone at Dispose; what a process that was killed leaves behind holds
/// nobody up.
/// </summary>
internal static class FileLock
{
    // As long as a disk that is busy takes to write a file, a few times over.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const string Suffix = ".lock";

    // Names have at most 255 octets, on some file systems fewer.
    private const int LongestName = 128;

    // EWOULDBLOCK of Linux and of other Unixes, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];

    /// <param name="path">The full path of the file that is to be changed.</param>
    /// <exception cref="IOException">Somebody else is changing it, or there is no place for it.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static IDisposable Take(string path)
    {
        PendingFile.ThrowIfNoPlaceForAFile(path);
        var options = Options();
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                // That the file which was opened and the one which is there are the same, the system's own code sees to.
                return new FileStream(PathOf(path), options);
            }
            catch (IOException error) when (IsHeld.Contains(error.HResult))
            {
                if (TimeProvider.System.GetElapsedTime(start) >= Patience) throw Held(path, error);
            }

            Thread.Sleep(Pause);
        }
    }

    private static IOException Held(string path, IOException cause) => new(
        $"{path} is being changed by somebody else. Nothing was written; open it again, or look who has {PathOf(path)} open.", cause);

    private static string PathOf(string path)
    {
        var name = Path.GetFileName(path);
        if (Encoding.UTF8.GetByteCount(name) > LongestName) name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return Path.Combine(Path.GetDirectoryName(path) ?? path, "." + name + Suffix);
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = AtomicFile.SecretMode;
        return options;
    }
}
