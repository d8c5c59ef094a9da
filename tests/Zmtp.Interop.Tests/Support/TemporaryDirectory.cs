namespace Zmtp.Interop.Tests.Support;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    /// <summary>The full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("zmtp-").FullName;

    /// <summary>The full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>An ipc endpoint in it.</summary>
    public string Ipc(string name = "s") => "ipc://" + File(name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
