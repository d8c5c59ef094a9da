using System.Runtime.Versioning;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A relative path is named in full where it leads to no good: the directory it begins at is often another than one thinks.</summary>
public sealed class RelativePathTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void CERTIFICATE_RelativePathOfNothing_IsNamedInFull()
    {
        var path = Path.GetRandomFileName();
        var fullPath = Path.GetFullPath(path);

        var error = Assert.Throws<FileNotFoundException>(() => Certificate.LoadPublic(path));

        Assert.Equal(fullPath, error.FileName);
        Assert.Contains($"'{fullPath}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_LoadOfNothing_NamesBothFilesThatItLookedFor()
    {
        var path = Path.GetRandomFileName();
        var fullPath = Path.GetFullPath(path);

        var error = Assert.Throws<FileNotFoundException>(() => Certificate.Load(path));

        Assert.Equal(fullPath, error.FileName);
        Assert.Contains($"'{fullPath}'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{fullPath}_secret'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_RelativePathInNoDirectory_IsNamedInFull()
    {
        var path = Path.Combine(Path.GetRandomFileName(), "cert");
        foreach (var load in new Func<string, Certificate>[] { Certificate.LoadPublic, static path => Certificate.Load(path) })
        {
            var error = Assert.Throws<DirectoryNotFoundException>(() => load(path));
            Assert.Contains($"'{Path.GetFullPath(path)}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CERTIFICATE_RelativePathOfABrokenFile_IsNamedInFull()
    {
        var broken = Relative(_directory.Write("cert", "curve\n    public-key = \"short\"\n"));
        var empty = Relative(_directory.Write("empty", ""));

        Assert.Equal(_directory["cert"], Assert.Throws<ZplFormatException>(() => Certificate.Load(broken)).File);
        Assert.Equal(_directory["empty"], Assert.Throws<ZplFormatException>(() => Certificate.LoadPublic(empty)).File);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void CERTIFICATE_RelativePathOfASecretThatOthersMayRead_IsNamedInFull()
    {
        using var certificate = Keys.FullClient();
        certificate.Save(_directory["cert"]);
        File.SetUnixFileMode(_directory["cert_secret"], UnixFileMode.UserRead | UnixFileMode.OtherRead);

        var error = Assert.Throws<SecretFileModeException>(() => Certificate.Load(Relative(_directory["cert"])));

        Assert.Equal(_directory["cert_secret"], error.Path);
        Assert.Contains($"chmod 600 {_directory["cert_secret"]}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_RelativePathOfADirectory_IsNamedInFull()
    {
        var error = Assert.Throws<UnauthorizedAccessException>(() => Certificate.LoadPublic(Relative(_directory.FullPath)));
        Assert.Contains(_directory.FullPath, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    }

    private static string Relative(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
