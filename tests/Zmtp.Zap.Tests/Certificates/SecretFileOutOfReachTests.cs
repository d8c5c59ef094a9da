using System.Runtime.Versioning;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A secret file that is there and cannot be read is no reason to go on without the secret key.</summary>
public sealed class SecretFileOutOfReachTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _path;

    public SecretFileOutOfReachTests() => _path = _directory.Write("cert", Keys.PublicFile);

    private string Secret => _path + Certificate.SecretSuffix;

    public void Dispose() => _directory.Dispose();

    [UnixFact]
    public void CERTIFICATE_SecretFileIsALinkToItself_IsAnError()
    {
        File.CreateSymbolicLink(Secret, Secret);
        var error = Assert.ThrowsAny<IOException>(() => Certificate.Load(_path));
        Assert.Contains(Secret, error.Message, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData("none")]
    [InlineData("none/cert_secret")]
    public void CERTIFICATE_SecretFileIsALinkToNothing_IsAnError(string target)
    {
        File.CreateSymbolicLink(Secret, _directory[target]);
        var error = Assert.ThrowsAny<IOException>(() => Certificate.Load(_path));
        Assert.Contains(Secret, error.Message, StringComparison.Ordinal);
    }

    [RootFact]
    [SupportedOSPlatform("linux")]
    public void CERTIFICATE_SecretFileInADirectoryThatMayNotBeEntered_IsAnError()
    {
        UnixUser.OpenToAll(_directory.FullPath);
        File.CreateSymbolicLink(Secret, _directory.WriteSecret("closed/cert_secret", Keys.SecretFile));
        File.SetUnixFileMode(_directory["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        UnixUser.RunAs(
            new FileOwner(65534, 65534),
            () => Assert.Throws<UnauthorizedAccessException>(() => Certificate.Load(_path)));
    }

    /// <summary>So it is where a container was to be given a file that was not there.</summary>
    [Fact]
    public void CERTIFICATE_SecretFileIsADirectory_IsAnError()
    {
        Directory.CreateDirectory(Secret);
        var error = Assert.Throws<UnauthorizedAccessException>(() => Certificate.Load(_path));
        Assert.Contains(Secret, error.Message, StringComparison.Ordinal);
    }

    [UnixFact]
    public void CERTIFICATE_SecretFileIsALinkToADirectory_IsAnError()
    {
        Directory.CreateDirectory(_directory["elsewhere"]);
        Directory.CreateSymbolicLink(Secret, _directory["elsewhere"]);
        var error = Assert.Throws<UnauthorizedAccessException>(() => Certificate.Load(_path));
        Assert.Contains(Secret, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CERTIFICATE_NoSecretFile_IsThePublicOne()
    {
        using var certificate = Certificate.Load(_path);
        Assert.False(certificate.HasSecretKey);
    }

    /// <summary>There can be no secret file beside it.</summary>
    [Fact]
    public void CERTIFICATE_NameThatLeavesNoRoomForThatOfASecretFile_IsThePublicOne()
    {
        using var certificate = Certificate.Load(_directory.Write(new string('c', 252), Keys.PublicFile));
        Assert.False(certificate.HasSecretKey);
    }
}
