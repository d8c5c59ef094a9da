using Zmtp.Mechanisms;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

/// <summary>A directory of its own for one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("zmtp-cli-").FullName;

    public string this[string name] => Path.Combine(FullPath, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Makes a certificate with both files.</summary>
    /// <returns>The public file.</returns>
    public string WriteCertificate(string name, out CurvePublicKey key)
    {
        using var certificate = Searched.NewCertificate();
        key = certificate.PublicKey;
        certificate.Save(this[name]);
        return this[name];
    }

    public void Dispose()
    {
        if (Directory.Exists(FullPath)) Directory.Delete(FullPath, recursive: true);
    }
}
