namespace Zmtp.Zap.Tests;

/// <summary>A directory of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("zmtp-zap-").FullName;

    public string this[string name] => Path.Combine(FullPath, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Writes a file that its owner only may read.</summary>
    public string WriteSecret(string name, string text)
    {
        var path = Write(name, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public string Write(string name, ReadOnlySpan<byte> octets)
    {
        File.WriteAllBytes(this[name], octets);
        return this[name];
    }

    public void Dispose()
    {
        if (Directory.Exists(FullPath)) Directory.Delete(FullPath, recursive: true);
    }
}
