using Microsoft.Extensions.Logging;
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

        // The file has the system's time. By a clock that stands where the test began it may be one that is being written.
        _disk.SetUtcNow(DateTimeOffset.UtcNow);
        Assert.Equal(1, await authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.True(stays[^1].IsRevoked);
        foreach (var stay in stays) stay.Dispose();
    }

    /// <summary>Its key is zeroed by then, so that a version comes out that nobody has: that says nothing about the password.</summary>
    [Fact]
    public async Task RECHECK_PasswordFileDisposedOfMeanwhile_KeepsItsUsers()
    {
        using var file = Open("joe=one\n");
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time });
        authenticator.ConfigurePlain("*", file);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one"));
        var recheck = await BeginAsync(() => authenticator.RecheckAsync(TestTimeout.Token));
        file.Dispose();
        _disk.Dispose();
        Assert.Equal(0, await recheck.WithinAsync());
        Assert.False(stay.IsRevoked);
    }

    [Fact]
    public async Task RECHECK_AuthenticatorDisposedOfMeanwhile_KeepsItsPeers()
    {
        var logger = new ListLogger();
        using var file = Open("joe=one\n");
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, logger);
        authenticator.ConfigurePlain("*", file);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one"));
        var recheck = await BeginAsync(() =>
        {
            authenticator.Deny("10.0.0.9");
            return authenticator.SettledAsync();
        });
        authenticator.Dispose();
        file.Dispose();
        _disk.Dispose();
        await recheck.WithinAsync();
        Assert.False(stay.IsRevoked);
        Assert.DoesNotContain(logger.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task PASSWORDS_DisposedOfWhileAVersionIsLookedFor_Throws()
    {
        using var file = Open("joe=one\n");
        Assert.NotNull(await file.FindVersionAsync("joe", TestTimeout.Token));
        var version = await BeginAsync(() => Task.Run(async () => await file.FindVersionAsync("joe", TestTimeout.Token)));
        file.Dispose();
        _disk.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => version.WithinAsync());
    }

    /// <summary>Its key is zeroed by then, so that no password is right: nobody is to be told that theirs is wrong.</summary>
    [Fact]
    public async Task PASSWORDS_DisposedOfWhileAPasswordIsChecked_Throws()
    {
        using var file = Open("joe=one\n");
        Assert.True(await file.VerifyAsync("joe", "one"u8.ToArray(), TestTimeout.Token));
        var check = await BeginAsync(() => Task.Run(async () => await file.VerifyAsync("joe", "one"u8.ToArray(), TestTimeout.Token)));
        file.Dispose();
        _disk.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => check.WithinAsync());
    }

    /// <summary>Nobody is told of what the file says by then: its key is zeroed, and whoever listened may be gone.</summary>
    [Theory]
    [InlineData("joe=two\n")]
    [InlineData("joe=two\0\n")]
    public async Task PASSWORDS_DisposedOfWhileTheFileIsLookedAt_TellsNobodyWhatItSays(string text)
    {
        var told = 0;
        using var file = Open("joe=one\n");
        file.Changed += (_, _) => told++;
        file.Reloaded += (_, _) => told++;
        var version = await BeginAsync(() => Task.Run(async () => await file.FindVersionAsync("joe", TestTimeout.Token)));
        file.Dispose();
        File.SetLastWriteTimeUtc(_directory.Replace("passwd", text), DateTime.UtcNow.AddHours(-1));
        _disk.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => version.WithinAsync());
        Assert.Equal(0, told);
    }

    [Fact]
    public async Task PASSWORDS_DisposedOfWhileOneWaitsForAnother_TheOneDoesNotLook()
    {
        using var file = Open("joe=one\n");
        Assert.NotNull(await file.FindVersionAsync("joe", TestTimeout.Token));
        var other = await BeginAsync(() => Task.Run(async () => await file.FindVersionAsync("joe", TestTimeout.Token)));
        var before = _disk.Asked;
        var one = file.FindVersionAsync("joe", TestTimeout.Token).AsTask();
        Assert.False(one.IsCompleted);
        file.Dispose();
        _disk.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => other.WithinAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => one.WithinAsync());
        Assert.Equal(before, _disk.Asked);
    }

    /// <summary>As many as there may be checks at once would take the pool's threads from everybody, for one file.</summary>
    [Fact]
    public async Task PASSWORDS_DiskHangs_OneThreadWaitsForItAndNobodyElses()
    {
        const int AtOnce = 16;
        using var file = Open("joe=one\n");
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(TestTimeout.Token);
        Assert.NotNull(await file.FindVersionAsync("joe", TestTimeout.Token));
        var first = await BeginAsync(() => Blocking.RunAsync(() => Assert.NotNull(Version(TestTimeout.Token).GetAwaiter().GetResult())));
        var before = _disk.Asked;

        // Each comes back to whoever asks, and has nothing yet.
        var others = new List<Task>();
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < AtOnce; i++)
            {
                others.Add(Version(TestTimeout.Token));
                others.Add(file.FindVersionAsync("joe", since: long.MaxValue, TestTimeout.Token).AsTask());
                others.Add(file.VerifyAsync("joe", "one"u8.ToArray(), TestTimeout.Token).AsTask());
            }
        }).WithinAsync(5);
        var late = Version(giveUp.Token);
        Assert.All([.. others, late], static other => Assert.False(other.IsCompleted));
        Assert.Equal(before, _disk.Asked);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late.WithinAsync());

        _disk.Dispose();
        await Task.WhenAll([first, .. others]).WithinAsync();

        Task<string?> Version(CancellationToken cancellationToken) => file.FindVersionAsync("joe", cancellationToken).AsTask();
    }

    /// <summary>Begins what asks the disk, which hangs from now on, and waits until it does.</summary>
    private async Task<T> BeginAsync<T>(Func<T> begin)
    {
        var before = _disk.Asked;
        _disk.Close();
        var begun = begin();
        await Blocking.RunAsync(() => Assert.True(SpinWait.SpinUntil(() => _disk.Asked > before, TestTimeout.Default)));
        return begun;
    }

    private PasswordFile Open(string text)
    {
        _directory.Write("passwd", text);
        return new PasswordFile(_directory["passwd"], time: _disk);
    }
}
