namespace Zmtp.Zap.Tests;

/// <summary>A directory of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private const string Prefix = "zmtp-zap-";

    public TemporaryDirectory()
        : this(Directory.CreateTempSubdirectory(Prefix).FullName)
    {
    }

    private TemporaryDirectory(string path) => FullPath = path;

    public string FullPath { get; }

    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Where Linux keeps files in memory, with any time that they are given; elsewhere as any other.</summary>
    public static TemporaryDirectory InMemory() => Directory.Exists("/dev/shm")
        ? new(Directory.CreateDirectory(Path.Combine("/dev/shm", Prefix + Path.GetRandomFileName())).FullName)
        : new();

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Replaces a file in one step, as careful programs do.</summary>
    public string Replace(string name, string text)
    {
        var old = File.GetCreationTimeUtc(this[name]);
        string path;
        do
        {
            // Files made within one tick of the file system's clock cannot be told apart by their age.
            File.Delete(this[$".{name}.new"]);
            path = Write($".{name}.new", text);
        }
        while (File.GetCreationTimeUtc(path) == old);

        // Linux does not tell .NET when a file was made, so that one written just now may still be being written where it is.
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(-1));
        File.Move(path, this[name], overwrite: true);
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
