using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A password file is on a disk: what is asked about its users may take long, and must not be asked once for each of them.</summary>
public sealed class RecheckPasswordFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly GatedTime _disk = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose()
    {
        _disk.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task RECHECK_DiskOfAPasswordFileHangs_EndsAllThatCanBeJudgedWithoutIt()
    {
        using var file = Open("joe=one\n");
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time });
        authenticator.ConfigurePlain("*", file);
        using var stuck = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one", address: "10.0.0.1"));
        using var user = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one", address: "10.0.0.2"));
        using var other = await Stay.BeginAsync(authenticator, Frames.Null(address: "10.0.0.3"));
        _disk.Close();

        authenticator.Deny("10.0.0.3");
        await other.RevokedAsync();
        authenticator.Deny("10.0.0.2");
        await user.RevokedAsync();
        Assert.False(stuck.IsRevoked);
        authenticator.RemovePlain("*");
        await stuck.RevokedAsync();
    }

    private PasswordFile Open(string text)
    {
        _directory.Write("passwd", text);
        return new PasswordFile(_directory["passwd"], time: _disk);
    }
}
