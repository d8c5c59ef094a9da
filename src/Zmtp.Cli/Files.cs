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

    /// <param name="file">The file.</param>
    /// <param name="hint">A sentence: how one comes to such a file.</param>
    /// <exception cref="CliException">It is not there, or is a directory.</exception>
    public static void ThrowUnlessThere(string file, string hint)
    {
        ThrowIfDirectory(file);
        if (!File.Exists(file)) throw new CliException(ExitCode.File, $"There is no file {file}. {hint}");
    }
}
