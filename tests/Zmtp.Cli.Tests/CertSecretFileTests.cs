using Zmtp.Cli.Commands.Cert;
using Zmtp.Testing.Searching;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Cli.Tests;

/// <summary>What the commands make of files whose names say that they hold secret keys.</summary>
public sealed class CertSecretFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestConsole _console = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("zpl")]
    [InlineData("z85")]
    public async Task CertExport_ThePublicPartToTheNameOfASecretFile_IsAUsageErrorAndLeavesTheKey(string format)
    {
        var secret = _directory.WriteCertificate("ann.txt", out _) + Certificate.SecretSuffix;
        var before = File.ReadAllText(secret);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "cert", "export", secret, "--format", format, "-o", secret, "--force"));
        Assert.Contains("--secret", _console.Errors, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(secret));

        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, "cert", "export", secret, "--format", format, "-o", _directory["new_secret"]));
        Assert.False(File.Exists(_directory["new_secret"]));
    }

    [Fact]
    public async Task CertExport_TheSecretKeyToTheNameOfASecretFile_Succeeds()
    {
        var file = _directory.WriteCertificate("ann.txt", out var key);
        var copy = _directory["copy" + Certificate.SecretSuffix];
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "export", file, "--secret", "-o", copy));
        using var certificate = Certificate.Load(copy);
        Assert.Equal(key, certificate.PublicKey);
        Assert.True(certificate.HasSecretKey);
    }

    /// <summary>What the collector moves it leaves behind, where nobody can erase it.</summary>
    [Fact]
    public void CertExport_OfASecretKey_KeepsItInOnePlace()
    {
        using var certificate = Searched.NewCertificate();

        // A small object that is new and yet in the oldest generation is one that was made to stay.
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(CertExportCommand.EncodeZpl(certificate, "a.txt", isSecret: true)));
    }

    [Theory]
    [InlineData]
    [InlineData("--force")]
    public async Task CertNew_TheNameOfASecretFile_IsAUsageErrorAndLeavesTheKey(params string[] more)
    {
        var secret = _directory.WriteCertificate("ann.txt", out _) + Certificate.SecretSuffix;
        var before = File.ReadAllText(secret);
        Assert.Equal(ExitCode.Usage, await Cli.RunAsync(_console, ["cert", "new", secret, .. more]));
        Assert.Contains("Name the public file", _console.Errors, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(secret));
        Assert.False(File.Exists(secret + Certificate.SecretSuffix));
    }

    [UnixFact]
    public async Task CertVerify_ASecretFileThatCannotBeLookedAt_IsNotTakenForNone()
    {
        var file = _directory.WriteCertificate("ann.txt", out _);
        var secret = file + Certificate.SecretSuffix;
        File.Delete(secret);
        File.CreateSymbolicLink(secret, secret);
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "verify", file));
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "cert", "verify", secret));
        Assert.DoesNotContain("There is no certificate", _console.Errors, StringComparison.Ordinal);

        await Cli.RunAsync(_console, "cert", "show", file, "--json");
        Assert.Contains($"\"secretFile\":\"{secret}\"", _console.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Curve_ASecretFileThatCannotBeLookedAtAlone_IsNotTakenForNone()
    {
        var file = _directory["ann.txt"];
        File.CreateSymbolicLink(file + Certificate.SecretSuffix, file + Certificate.SecretSuffix);
        Assert.Equal(ExitCode.File, await Cli.RunAsync(_console, "recv", "--bind", "tcp://127.0.0.1:*", "--cert", file, "--allow-any"));
        Assert.DoesNotContain("There is no certificate", _console.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("_secret")]
    public async Task CertVerify_APublicFileThatHoldsTheSecretKey_IsNotVerified(string suffix)
    {
        var file = _directory.WriteCertificate("ann.txt", out _);
        File.WriteAllText(file, File.ReadAllText(file + Certificate.SecretSuffix));
        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file + suffix));
        Assert.Contains($"{file} is the public file and holds the secret key, too", _console.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotVerified, await Cli.RunAsync(_console, "cert", "verify", file + suffix, "--allow-others"));
    }

    [Fact]
    public async Task Cert_OneFileWithBothKeys_IsWhereTheSecretKeyIs()
    {
        var file = _directory.WriteCertificate("ann.txt", out _);
        File.Move(file + Certificate.SecretSuffix, file, overwrite: true);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "show", file));
        Assert.Contains($"secret key    in {file}\n", _console.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "show", file, "--json"));
        Assert.Contains($"\"secretFile\":\"{file}\"", _console.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "verify", file));

        // As it says of a public file alone.
        using (var certificate = Certificate.LoadPublic(file)) certificate.SavePublic(file, overwrite: true);
        Assert.Equal(ExitCode.Success, await Cli.RunAsync(_console, "cert", "show", file));
        Assert.Contains("secret key    not here\n", _console.Output, StringComparison.Ordinal);
    }
}
