using System.Runtime.Versioning;
using System.Text;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Zap.Tests;

public sealed class CertificateFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void CERTIFICATE_Save_WritesPublicAndSecretFile()
    {
        using var certificate = Keys.FullClient();
        certificate.Metadata.Set("name", "Ann");
        certificate.Save(_directory["cert.txt"]);
        Assert.Equal(["cert.txt", "cert.txt_secret"], FileNames());
        Assert.DoesNotContain("secret-key", File.ReadAllText(_directory["cert.txt"]), StringComparison.Ordinal);
        var secretText = File.ReadAllText(_directory["cert.txt_secret"]);
        Assert.Contains($"    secret-key = \"{Keys.ClientSecret}\"\n", secretText, StringComparison.Ordinal);

        using var loaded = Certificate.Load(_directory["cert.txt"]);
        Assert.Equal(certificate.KeyPair.SecretKey, loaded.KeyPair.SecretKey);
        Assert.Equal("Ann", loaded.Metadata["name"]);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void CERTIFICATE_SecretFile_IsReadableByItsOwnerOnlyWhateverWasThere()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var certificate = Keys.FullClient();

        // CZMQ keeps the mode of a file that is there already.
        File.SetUnixFileMode(_directory.Write("cert_secret", "old"), Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        certificate.Save(_directory["cert"], overwrite: true);
        certificate.SaveSecret(_directory["other_secret"]);
        Assert.Equal(Owner, File.GetUnixFileMode(_directory["cert_secret"]));
        Assert.Equal(Owner, File.GetUnixFileMode(_directory["other_secret"]));
    }

    /// <summary>One's public file beside the other's secret file would be of use to nobody.</summary>
    [Fact]
    public void CERTIFICATE_TwoThatAreSavedAtOnce_AreNotMixed()
    {
        using var first = Searched.NewCertificate();
        using var second = Searched.NewCertificate();
        first.SaveBoth(_directory["cert"], overwrite: true, () =>
        {
            var error = Assert.Throws<ChangedMeanwhileException>(() => second.Save(_directory["cert"], overwrite: true));
            Assert.Contains("being changed by somebody else", error.Message, StringComparison.Ordinal);
        });
        using (var loaded = Certificate.Load(_directory["cert"])) Assert.Equal(first.PublicKey, loaded.PublicKey);
        using (var loaded = Certificate.LoadPublic(_directory["cert"])) Assert.Equal(first.PublicKey, loaded.PublicKey);
        second.Save(_directory["cert"], overwrite: true);
        using (var loaded = Certificate.LoadPublic(_directory["cert"])) Assert.Equal(second.PublicKey, loaded.PublicKey);
        Assert.Equal(["cert", "cert_secret"], FileNames());
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_DirectoryThatMayNotBeWrittenTo_IsNamed()
    {
        File.SetUnixFileMode(
            _directory.FullPath, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var certificate = Searched.NewCertificate();
        var error = Assert.Throws<UnauthorizedAccessException>(
            () => UnixUser.RunAs(new FileOwner(23_456, 34_567), () => certificate.Save(_directory["cert"])));
        Assert.Contains($"directory {_directory.FullPath} ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cert")]
    [InlineData("cert_secret")]
    public void CERTIFICATE_Save_DoesNotOverwriteUnasked(string existing)
    {
        _directory.Write(existing, "precious");
        using var certificate = Keys.FullClient();
        var error = Assert.Throws<IOException>(() => certificate.Save(_directory["cert"]));
        Assert.Contains(_directory[existing], error.Message, StringComparison.Ordinal);
        Action<string, bool> saveOne = existing == "cert" ? certificate.SavePublic : certificate.SaveSecret;
        Assert.Throws<IOException>(() => saveOne(_directory[existing], false));
        Assert.Equal([existing], FileNames());
        Assert.Equal("precious", File.ReadAllText(_directory[existing]));
        certificate.Save(_directory["cert"], overwrite: true);
        using var loaded = Certificate.Load(_directory["cert"]);
        Assert.True(loaded.HasSecretKey);
    }

    [Fact]
    public async Task CERTIFICATE_ManyWhoSaveAtOnce_OneWins()
    {
        var winners = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using var certificate = Searched.NewCertificate();
            try
            {
                certificate.Save(_directory["cert"]);
                Interlocked.Increment(ref winners);
            }
            catch (IOException error)
            {
                Assert.Contains("is there already", error.Message, StringComparison.Ordinal);
            }
        }))).WithinAsync();
        Assert.Equal(1, winners);
        Assert.Equal(["cert", "cert_secret"], FileNames());
        using var loaded = Certificate.Load(_directory["cert"]);
        using var publicPart = Certificate.LoadPublic(_directory["cert"]);
        Assert.Equal(publicPart.PublicKey, loaded.PublicKey);
    }

    [UnixTheory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [UnsupportedOSPlatform("windows")]
    public void CERTIFICATE_SecretFileOpenToOthers_IsRefusedUnlessAllowed(UnixFileMode open)
    {
        _directory.WriteSecret("cert_secret", Keys.SecretFile);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | open;
        File.SetUnixFileMode(_directory["cert_secret"], mode);
        foreach (var path in new[] { _directory["cert"], _directory["cert_secret"] })
        {
            var error = Assert.Throws<SecretFileModeException>(() => Certificate.Load(path));
            Assert.Equal((_directory["cert_secret"], mode), (error.Path, error.Mode));
            Assert.Contains($"chmod 600 {_directory["cert_secret"]}", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Keys.ClientSecret, error.ToString(), StringComparison.Ordinal);
            using var loaded = Certificate.Load(path, allowOthers: true);
            Assert.True(loaded.HasSecretKey);
        }

        using var publicPart = Certificate.LoadPublic(_directory["cert_secret"]);
        Assert.False(publicPart.HasSecretKey);
    }

    [Fact]
    public void CERTIFICATE_PublicFileOpenToAll_Loads()
    {
        _directory.Write("cert", Keys.PublicFile);
        _directory.Write("zeroes", Keys.SecretFile.Replace(Keys.ClientSecret, new string('0', 40), StringComparison.Ordinal));
        using var certificate = Certificate.Load(_directory["cert"]);
        using var zeroes = Certificate.Load(_directory["zeroes"]);
        Assert.False(certificate.HasSecretKey);
        Assert.False(zeroes.HasSecretKey);
    }

    [Fact]
    public void CERTIFICATE_Save_LeavesNoTemporaryFile()
    {
        using var certificate = Keys.FullClient();
        certificate.Save(_directory["cert"]);
        certificate.Save(_directory["cert"], overwrite: true);
        Assert.Equal(["cert", "cert_secret"], FileNames());
    }

    [Fact]
    public async Task CERTIFICATE_SaveWhileOthersRead_ShowsThemWholeFilesOnly()
    {
        using var certificate = new Certificate(Keys.Client);
        certificate.SavePublic(_directory["cert"]);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested && i < 100_000; i++)
            {
                certificate.Metadata.Set("filler", new string('x', i * 97 % 5000));
                certificate.SavePublic(_directory["cert"], overwrite: true);
            }
        });
        for (var i = 0; i < 500; i++)
        {
            using var read = Certificate.LoadPublic(_directory["cert"]);
            Assert.Equal(Keys.Client, read.PublicKey);
        }

        await stop.CancelAsync();
        await writer.WithinAsync();
    }

    [Fact]
    public void CERTIFICATE_SaveThatFails_LeavesTheOldFileAndNothingElse()
    {
        using var certificate = new Certificate(Keys.Client);
        Directory.CreateDirectory(_directory["cert"]);
        Assert.ThrowsAny<Exception>(() => certificate.SavePublic(_directory["cert"]));
        Assert.Equal(["cert"], FileNames());
        Assert.ThrowsAny<IOException>(() => certificate.SavePublic(_directory[Path.Combine("missing", "cert")]));
    }

    /// <summary>The secret file is replaced first: when the public one cannot be, the old key must be there as before.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CERTIFICATE_PublicFileThatCannotBeReplaced_LeavesTheOldSecretKey(bool hadSecret)
    {
        if (hadSecret) _directory.WriteSecret("cert_secret", Keys.SecretFile);
        _directory.Write("cert", Keys.PublicFile);
        using var certificate = Searched.NewCertificate();

        // A directory with something in it comes in between: nothing can be renamed over it.
        Assert.ThrowsAny<Exception>(() => certificate.SaveBoth(_directory["cert"], overwrite: true, () =>
        {
            File.Delete(_directory["cert"]);
            _directory.Write("cert/something", "");
        }));
        Assert.Equal(hadSecret ? ["cert", "cert_secret"] : ["cert"], FileNames());
        if (hadSecret) Assert.Equal(Keys.SecretFile, File.ReadAllText(_directory["cert_secret"]));
    }

    [Theory]
    [InlineData("Ann", true)]
    [InlineData("Zoë", false)]
    [InlineData("\"Zoë\"", true)]
    public void CERTIFICATE_FilesAsPyzmqMakesThem_LoadUnlessMetadataIsNeitherAsciiNorQuoted(string name, bool loads)
    {
        const string banner = "#   ****  Generated on 2026-01-01 00:00:00.000000 by pyzmq  ****\n#   ZeroMQ CURVE Certificate\n\n";
        const string curve = $"curve\n    public-key = \"{Keys.ClientPublic}\"\n";
        _directory.Write("ann.key", $"{banner}metadata\n{curve}");
        _directory.WriteSecret("ann.key_secret", $"{banner}metadata\n    name = {name}\n{curve}    secret-key = \"{Keys.ClientSecret}\"\n");

        using (var known = Certificate.LoadPublic(_directory["ann.key"])) Assert.Equal(Keys.ClientPublic, known.PublicKey.ToString());
        if (!loads)
        {
            Assert.Throws<ZplFormatException>(() => Certificate.Load(_directory["ann.key"]));
            return;
        }

        using var loaded = Certificate.Load(_directory["ann.key"]);
        Assert.True(loaded.HasSecretKey);
        Assert.Equal(name.Trim('"'), loaded.Metadata["name"]);
    }

    [Fact]
    public void CERTIFICATE_Load_PrefersTheSecretFile()
    {
        _directory.Write("cert", Keys.PublicFile);
        using (var publicOnly = Certificate.Load(_directory["cert"])) Assert.False(publicOnly.HasSecretKey);
        _directory.WriteSecret("cert_secret", Keys.SecretFile);
        using var full = Certificate.Load(_directory["cert"]);
        using var direct = Certificate.Load(_directory["cert_secret"]);
        using var stillPublic = Certificate.LoadPublic(_directory["cert"]);
        using var publicPart = Certificate.LoadPublic(_directory["cert_secret"]);
        Assert.True(full.HasSecretKey);
        Assert.True(direct.HasSecretKey);
        Assert.False(stillPublic.HasSecretKey);
        Assert.False(publicPart.HasSecretKey);
    }

    [Fact]
    public void CERTIFICATE_BrokenSecretFile_IsAnErrorThatNamesIt()
    {
        _directory.Write("cert", Keys.PublicFile);
        _directory.WriteSecret("cert_secret", Keys.SecretFile.Replace(Keys.ClientSecret, Keys.ServerSecret, StringComparison.Ordinal));
        var error = Assert.Throws<ZplFormatException>(() => Certificate.Load(_directory["cert"]));
        Assert.Equal(_directory["cert_secret"], error.File);
        Assert.Contains("does not belong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_HugeFile_IsRefusedUnread()
    {
        _directory.Write("cert", new byte[CertificateFile.MaxSize + 1]);
        var error = Assert.Throws<ZplFormatException>(() => Certificate.LoadPublic(_directory["cert"]));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_MissingFile_IsFileNotFound() =>
        Assert.Throws<FileNotFoundException>(() => Certificate.Load(_directory["nobody"]));

    [Fact]
    public void CERTIFICATE_PathLongerThan256_KeepsItsSecretSuffix()
    {
        // CZMQ cuts it off, and the secret file overwrites the public one.
        var folder = string.Join(Path.DirectorySeparatorChar, Enumerable.Repeat(new string('d', 60), 5));
        Directory.CreateDirectory(_directory[folder]);
        var path = Path.Combine(_directory[folder], new string('c', 240));
        using var certificate = Keys.FullClient();
        certificate.Save(path);
        Assert.DoesNotContain("secret-key", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Contains("secret-key", File.ReadAllText(path + "_secret"), StringComparison.Ordinal);
    }

    [UnixFact]
    public void CERTIFICATE_NameTooLongForTheSuffix_WritesNothing()
    {
        using var certificate = Keys.FullClient();
        Assert.ThrowsAny<IOException>(() => certificate.Save(_directory[new string('c', 250)]));
        Assert.Empty(FileNames());
    }

    [Fact]
    public void CERTIFICATE_FileOfCzmqWithCrLf_Loads()
    {
        _directory.Write("cert", Encoding.ASCII.GetBytes(Keys.PublicFile.Replace("\n", "\r\n", StringComparison.Ordinal)));
        using var certificate = Certificate.Load(_directory["cert"]);
        Assert.Equal("Ann", certificate.Metadata["name"]);
    }

    private string[] FileNames() =>
        [.. Directory.GetFileSystemEntries(_directory.FullPath).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
