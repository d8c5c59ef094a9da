namespace Zmtp.Cli;

/// <summary>What a user is told of a file before it is opened.</summary>
internal static class Files
{
    /// <exception cref="CliException">It is a directory, or has no name.</exception>
    public static void ThrowIfDirectory(string file)
    {
        if (file.Length == 0) throw CliException.Usage("The name of a file is empty.");
        if (Directory.Exists(file)) throw new CliException(ExitCode.File, $"{file} is a directory. Name a file.");
    }

    /// <summary>
    /// Whether a file is there, or a pipe; not a directory. Other than <see cref="File.Exists"/> it does not say no where nobody can tell.
    /// </summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at: a directory above it is closed to this user.</exception>
    public static bool Exists(string file) => AttributesOf(file) is { } found && !found.HasFlag(FileAttributes.Directory);

    /// <summary>As <see cref="Exists"/>, of a directory.</summary>
    public static bool DirectoryExists(string directory) => AttributesOf(directory) is { } found && found.HasFlag(FileAttributes.Directory);

    /// <param name="file">The file.</param>
    /// <param name="hint">A sentence: how one comes to such a file.</param>
    /// <exception cref="CliException">It is not there, or is a directory.</exception>
    public static void ThrowUnlessThere(string file, string hint)
    {
        ThrowIfDirectory(file);
        if (!Exists(file)) throw new CliException(ExitCode.File, $"There is no file {file}. {hint}");
    }

    // Looked at and not opened: what is in a pipe can be read once only.
    private static FileAttributes? AttributesOf(string path)
    {
        if (path.Length == 0) return null;
        try
        {
            return File.GetAttributes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
        {
            return null;
        }
    }
}
