using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

/// <summary>What is written can be read again: what our own reader would refuse is refused before anything is written.</summary>
public sealed class SizeLimitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void CERTIFICATE_LargerThanIsRead_IsNotWritten()
    {
        using var certificate = Searched.NewCertificate();
        certificate.Metadata.Set("note", "");
        var publicLength = certificate.ToZpl(includeSecret: false).Length;
        var secretLength = certificate.ToZpl(includeSecret: true).Length;
        certificate.Metadata.Set("note", new string('x', CertificateFile.MaxSize - Math.Max(publicLength, secretLength)));
        certificate.Save(_directory["cert"]);
        using (var loaded = Certificate.Load(_directory["cert"])) Assert.Equal(certificate.PublicKey, loaded.PublicKey);
        using (var loaded = Certificate.LoadPublic(_directory["cert"])) Assert.Equal(certificate.PublicKey, loaded.PublicKey);

        // One of the two is too long.
        certificate.Metadata.Set("note", certificate.Metadata["note"] + "x");
        Assert.Throws<InvalidOperationException>(() => certificate.Save(_directory["other"]));
        Assert.Equal(["cert", "cert_secret"], FileNames());

        certificate.Metadata.Set("note", new string('x', CertificateFile.MaxSize));
        var error = Assert.Throws<InvalidOperationException>(() => certificate.SavePublic(_directory["other"]));
        Assert.Contains("metadata", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => certificate.SaveSecret(_directory["other_secret"]));
        using var stream = new MemoryStream();
        Assert.Throws<InvalidOperationException>(() => certificate.Write(stream, includeSecret: true));
        Assert.Equal(0, stream.Length);
        Assert.Equal(["cert", "cert_secret"], FileNames());
    }

    [Fact]
    public void EDITOR_FileLargerThanIsRead_IsNotWritten()
    {
        var text = new string('#', PasswordFile.MaxSize - "\njoe=one\n".Length);
        _directory.WriteSecret("passwd", text);
        using var editor = PasswordFileEditor.Open(_directory["passwd"]);
        editor.SetClearText("joe", "three");
        var error = Assert.Throws<InvalidOperationException>(editor.Save);
        Assert.Contains($"{PasswordFile.MaxSize}", error.Message, StringComparison.Ordinal);
        Assert.Equal(text.Length, new FileInfo(_directory["passwd"]).Length);
        editor.SetClearText("joe", "one");
        editor.Save();
        Assert.Equal(PasswordFile.MaxSize, new FileInfo(_directory["passwd"]).Length);
        using var file = new PasswordFile(_directory["passwd"]);
        Assert.True(file.Refresh());
        Assert.Equal(1, file.Count);
    }

    private IEnumerable<string?> FileNames() =>
        Directory.GetFileSystemEntries(_directory.FullPath).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
