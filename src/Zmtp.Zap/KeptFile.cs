using System.Security.Cryptography;
using Zmtp.Zap.Interop;

namespace Zmtp.Zap;

/// <summary>
/// A file that is about to be replaced, kept under a hidden name until it is certain that it is not needed any more. Disposed of, it is
/// gone, unless it was put back.
/// </summary>
internal sealed class KeptFile : IDisposable
{
    private readonly string _path;
    private readonly string _kept;
    private bool _isLost;

    private KeptFile(string path, string kept)
    {
        _path = path;
        _kept = kept;
    }

    /// <param name="path">The full path; the name must be that of a secret file.</param>
    /// <returns>Null when there is no file.</returns>
    /// <exception cref="IOException">It cannot be kept, and was left as it is.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static KeptFile? Of(string path)
    {
        if (!File.Exists(path)) return null;
        var name = "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + Certificate.SecretSuffix;
        var kept = Path.Combine(Path.GetDirectoryName(path) ?? path, name);

        // A second name, so that there is no moment without the file; where there is no such thing, another name.
        if (OperatingSystem.IsWindows() || LibC.Link(path, kept) != 0) File.Move(path, kept);
        return new KeptFile(path, kept);
    }

    /// <summary>Makes everything as it was.</summary>
    /// <param name="cause">Why.</param>
    /// <exception cref="IOException">It cannot be; the message says where the file is.</exception>
    public void PutBack(Exception cause)
    {
        try
        {
            AtomicFile.Move(_kept, _path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _isLost = true;
            throw new IOException(
                $"{_path} was replaced, the other file could not be, and the earlier one could not be put back: {error.Message} It is at " +
                $"{_kept}; rename it to {_path}. What failed first: {cause.Message}",
                cause);
        }
    }

    public void Dispose()
    {
        if (!_isLost) File.Delete(_kept);
    }
}
