namespace Zmtp.Zap;

/// <summary>
/// A file with a secret key is open to others than its owner, so that the key is secret no more. The file was not used; nothing is
/// changed. Unix only.
/// </summary>
public sealed class SecretFileModeException : IOException
{
    /// <summary>Creates an error.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="mode">The file's mode.</param>
    public SecretFileModeException(string path, UnixFileMode mode)
        : base(
            $"{path} holds a secret key, and group or others may read or write it (mode {Convert.ToString((int)mode, 8)}). Take that " +
            $"away with \"chmod 600 {path}\", and make a new certificate if others may have read it. Where the mode cannot be helped, " +
            "load with allowOthers.")
    {
        Path = path;
        Mode = mode;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The file's mode.</summary>
    public UnixFileMode Mode { get; }
}
