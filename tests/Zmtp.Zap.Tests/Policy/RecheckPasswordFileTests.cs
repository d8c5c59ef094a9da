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

    /// <summary>For two seconds after a change its times tell nothing: to read it again for each peer would take for ever.</summary>
    [Fact]
    public async Task RECHECK_PasswordFileWrittenJustNow_IsReadOnceForAllItsUsers()
    {
        const int Peers = 50;
        using var file = Open("joe=one\nann=two\n");
        using var authenticator = new Authenticator(new AuthenticatorOptions { EndsRevokedPeers = false, Time = _time });
        authenticator.ConfigurePlain("*", file);
        var stays = new List<Stay>();
        for (var i = 0; i < Peers; i++) stays.Add(await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one")));
        stays.Add(await Stay.BeginAsync(authenticator, Frames.Plain("ann", "two")));
        var before = _disk.Asked;
        Assert.Equal(0, await authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.InRange(_disk.Asked - before, 1, 4);

        // The next pass looks again.
        _directory.Replace("passwd", "joe=one\nann=2\n");
        Assert.Equal(1, await authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.True(stays[^1].IsRevoked);
        foreach (var stay in stays) stay.Dispose();
    }

    private PasswordFile Open(string text)
    {
        _directory.Write("passwd", text);
        return new PasswordFile(_directory["passwd"], time: _disk);
    }
}
