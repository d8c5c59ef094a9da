using System.Runtime.Versioning;
using System.Text.Json;
using Zmtp.Mechanisms;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

public sealed class CertTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task CertNew_WithFlags_WritesBothFilesWithMetadata()
    {
        var file = _directory["ann.txt"];
        var code = await Cli.RunAsync(_console, "cert", "new", file, "--name", "Ann", "--email", "ann@example.org", "--meta", "role=operator");

        Assert.Equal(ExitCode.Success, code);
        using var certificate = Certificate.Load(file);
        Assert.True(certificate.HasSecretKey);
        Assert.Equal("Ann", certificate.Metadata["name"]);
        Assert.Equal("ann@example.org", certificate.Metadata["email"]);
        Assert.Equal("operator", certificate.Metadata["role"]);
        Assert.True(certificate.Metadata.TryGet("created-by", out _));
        Assert.True(certificate.Metadata.TryGet("date-created", out _));
        Assert.Contains(certificate.PublicKey.ToString(), _console.Output, StringComparison.Ordinal);
        Assert.Contains(certificate.Fingerprint, _console.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-key", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertNew_Ever_DoesNotPrintTheSecretKey()
    {
        var file = _directory["a.txt"];
        await Cli.RunAsync(_console, "cert", "new", file);
        await Cli.RunAsync(_console, "cert", "show", file);
        await Cli.RunAsync(_console, "cert", "show", file + "_secret", "--json");
        await Cli.RunAsync(_console, "cert", "verify", file);
        await Cli.RunAsync(_console, "cert", "export", file + "_secret");
        await Cli.RunAsync(_console, "cert", "fingerprint", file + "_secret");

        var secret = File.ReadAllLines(file + "_secret").Single(line => line.Contains("secret-key", StringComparison.Ordinal)).Split('"')[1];
        Assert.Equal(CurveSecretKey.Z85Length, secret.Length);
        Assert.DoesNotContain(secret, _console.Output + _console.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertNew_WithNothingGivenAndSomebodyThere_Asks()
    {
        _console.Answering("Ann", "", "Example");
        await Cli.RunAsync(_console, "cert", "new", _directory["a.txt"]);

        using var certificate = Certificate.LoadPublic(_directory["a.txt"]);
        Assert.Equal(3, _console.Questions.Count);
        Assert.Equal("Ann", certificate.Metadata["name"]);
        Assert.False(certificate.Metadata.TryGet("email", out _));
        Assert.Equal("Example", certificate.Metadata["organization"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("_secret")]
    public async Task CertNew_WhereAFileIs_LeavesItAloneUnlessForced(string suffix)
    {
        var file = _directory["a.txt"];
        _directory.Write("a.txt" + suffix, "precious");

        Assert.Equal(ExitCode.Exists, await Cli.RunAsync(_console, "cert", "new", file));
        Assert.Equal("precious", File.ReadAllText(file + suffix));
        Assert.Contains("--force", _console.Errors, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "new", file, "--force"));
        using var certificate = Certificate.Load(file);
        Assert.True(certificate.HasSecretKey);
    }

    [Fact]
    public async Task CertNew_MetadataThatCannotBeWritten_IsAUsageErrorAndWritesNothing()
    {
        var code = await Cli.RunAsync(_console, "cert", "new", _directory["a.txt"], "--meta", "bad name=x");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullPath));
    }

    [Fact]
    public async Task CertShow_AsJson_HasKeyFingerprintAndMetadata()
    {
        await Cli.RunAsync(new TestConsole(), "cert", "new", _directory["a.txt"], "--name", "Ann & Bob");
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "show", _directory["a.txt"], "--json"));

        using var certificate = Certificate.LoadPublic(_directory["a.txt"]);
        using var json = JsonDocument.Parse(_console.Output);
        Assert.Equal(certificate.PublicKey.ToString(), json.RootElement.GetProperty("publicKey").GetString());
        Assert.Equal(certificate.Fingerprint, json.RootElement.GetProperty("fingerprint").GetString());
        Assert.Equal("Ann & Bob", json.RootElement.GetProperty("metadata").GetProperty("name").GetString());
        Assert.Contains("Ann & Bob", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertShow_MetadataThatSteersATerminal_IsMadeHarmless()
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        File.WriteAllText(file, File.ReadAllText(file).Replace("metadata\n", "metadata\n    name = \"gone\u202e\"\n", StringComparison.Ordinal));

        await Cli.RunAsync(_console, "cert", "show", file);
        Assert.DoesNotContain("\u202e", _console.Output, StringComparison.Ordinal);
        Assert.Contains("gone\\xe2\\x80\\xae", _console.Output, StringComparison.Ordinal);

        await Cli.RunAsync(_console, "cert", "show", file, "--json");
        Assert.DoesNotContain("\u202e", _console.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(_console.Lines[^1]);
        Assert.Equal("gone\u202e", json.RootElement.GetProperty("metadata").GetProperty("name").GetString());
    }

    [Fact]
    public async Task CertShow_ASecretKeyThatIsNone_ShowsNothing()
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        File.Delete(file + "_secret");
        File.AppendAllText(file, "    secret-key = \"none\"\n");

        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "show", file));
        Assert.Equal("", _console.Output);
    }

    [Fact]
    public async Task CertVerify_APairThatMatches_Succeeds()
    {
        var file = _directory.WriteCertificate("a.txt", out var key);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "verify", file));
        Assert.Contains(key.ToString(), _console.Output, StringComparison.Ordinal);
        Assert.Contains(OperatingSystem.IsWindows() ? "was not checked" : "only the owner", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertVerify_APublicFileOfAnotherKey_IsNotVerified()
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        var other = _directory.WriteCertificate("b.txt", out _);
        File.Copy(other, file, overwrite: true);

        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file));
        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file + "_secret", "--json"));
        Assert.Contains("\"ok\":false", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertVerify_KeysThatDoNotBelongTogether_IsNotVerified()
    {
        var file = _directory.WriteCertificate("a.txt", out var key);
        _directory.WriteCertificate("b.txt", out var other);
        var secret = file + "_secret";
        File.WriteAllText(secret, File.ReadAllText(secret).Replace(key.ToString(), other.ToString(), StringComparison.Ordinal));

        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file));
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task CertVerify_ASecretFileThatOthersMayRead_IsNotVerified()
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        File.SetUnixFileMode(file + "_secret", UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file));
        Assert.Contains("chmod 600", _console.Errors, StringComparison.Ordinal);
        Assert.Contains("--allow-others", _console.Errors, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "verify", file, "--allow-others"));
        Assert.DoesNotContain("only the owner", _console.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public async Task CertExport_OfASecretFileThatOthersMayRead_IsForWhoeverSaysSo()
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        File.SetUnixFileMode(file + "_secret", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        string[] export = ["cert", "export", file, "--secret", "-o", _directory["copy"]];

        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, export));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, [.. export, "--allow-others"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["copy"]));
    }

    [Theory]
    [InlineData("zpl")]
    [InlineData("z85")]
    [InlineData("hex")]
    public async Task CertExport_OverAFile_ReplacesItInOneStep(string format)
    {
        var file = _directory.WriteCertificate("a.txt", out _);
        var output = _directory.Write("key", "old");
        var renamed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var wasGone = false;
        using var watcher = new FileSystemWatcher(_directory.FullPath) { NotifyFilter = NotifyFilters.FileName };
        watcher.Deleted += (_, change) => wasGone |= change.FullPath == output;
        watcher.Renamed += (_, change) =>
        {
            if (change.FullPath == output) renamed.TrySetResult(wasGone);
        };
        watcher.EnableRaisingEvents = true;

        Assert.Equal(
            ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file, "--format", format, "--secret", "-o", output, "--force"));
        Assert.False(await renamed.Task.WithinAsync());
        Assert.NotEqual("old", File.ReadAllText(output));
    }

    [Theory]
    [InlineData("z85")]
    [InlineData("hex")]
    public async Task CertExport_OfASecretFile_GivesThePublicKeyUnlessAsked(string format)
    {
        var file = _directory.WriteCertificate("a.txt", out var key);
        File.Delete(file);
        using var certificate = Certificate.Load(file + "_secret");
        var expected = format == "z85" ? key.ToString() : Convert.ToHexStringLower(key.AsSpan());

        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file, "--format", format));
        Assert.Equal(expected + "\n", _console.Output);

        var output = _directory["key"];
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file, "--format", format, "--secret", "-o", output));
        var secret = File.ReadAllText(output).TrimEnd();
        var octets = format == "z85" ? CurveSecretKey.Parse(secret).AsSpan().ToArray() : Convert.FromHexString(secret);
        Assert.Equal(certificate.KeyPair.SecretKey.AsSpan().ToArray(), octets);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(output));
    }

    [Fact]
    public async Task CertExport_ToAFile_MakesACertificateAndDoesNotReplaceOne()
    {
        var file = _directory.WriteCertificate("a.txt", out var key);
        var output = _directory["public.txt"];
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file + "_secret", "-o", output));
        using (var certificate = Certificate.Load(output))
        {
            Assert.Equal(key, certificate.PublicKey);
            Assert.False(certificate.HasSecretKey);
        }

        Assert.Equal(ExitCode.Exists, await Cli.RunAsync(_console, "cert", "export", file, "-o", output));
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file, "-o", output, "--force"));
    }

    [Fact]
    public async Task CertNew_WhereNoFileCanBe_SaysWhy()
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "new", _directory.FullPath, "--name", "Ann"));
        Assert.Contains($"{_directory.FullPath} is a directory", _console.Errors, StringComparison.Ordinal);

        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "new", _directory["none/a.txt"], "--name", "Ann"));
        Assert.Contains($"There is no directory {_directory["none"]} ", _console.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullPath));
    }

    [Fact]
    public async Task CertNew_WithMoreMetadataThanIsRead_WritesNothing()
    {
        var meta = "note=" + new string('x', 64 * 1024);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "cert", "new", _directory["a.txt"], "--meta", meta));
        Assert.Contains("Shorten its metadata", _console.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.FullPath));
    }

    [Fact]
    public async Task CertFingerprint_OfNeitherFileNorKey_SaysSo()
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "fingerprint", "Yne@$w-vo<fVvi]a<NY6T1ed:M"));
        Assert.Contains("neither a certificate's file nor a public key", _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>It may be a secret key that was copied with a character too few.</summary>
    [Theory]
    [InlineData("cert", "fingerprint")]
    [InlineData("send", "tcp://127.0.0.1:1", "x", "--curve-server-key")]
    public async Task AnyCommand_WhatIsNeitherFileNorKey_IsNotRepeated(params string[] command)
    {
        const string Text = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c";

        Assert.NotEqual(ExitCode.Success, await Cli.RunAsync(_console, [.. command, Text]));

        Assert.Contains("neither", _console.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Text, _console.Errors, StringComparison.Ordinal);
    }

    /// <summary>One key in 85 begins like an option.</summary>
    [Theory]
    [InlineData("-ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")]
    [InlineData("-he@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")]
    public async Task CertFingerprint_OfAKeyThatLooksLikeAnOption_IsThatOfTheKey(string key)
    {
        await Cli.RunAsync(_console, "cert", "fingerprint", key);
        Assert.Equal([CurvePublicKey.Parse(key).ToFingerprint()], _console.Lines);
    }

    [Fact]
    public async Task CertFingerprint_OfAFileAndOfItsKey_IsTheSame()
    {
        var file = _directory.WriteCertificate("a.txt", out var key);
        await Cli.RunAsync(_console, "cert", "fingerprint", file);
        await Cli.RunAsync(_console, "cert", "fingerprint", key.ToString());

        Assert.Equal([key.ToFingerprint(), key.ToFingerprint()], _console.Lines);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("verify")]
    [InlineData("export")]
    public async Task Cert_AFileThatIsNotThere_SaysSo(string verb)
    {
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", verb, _directory["nothing.txt"]));
        Assert.StartsWith("zmtp: There is no certificate", _console.Errors, StringComparison.Ordinal);
    }
}
