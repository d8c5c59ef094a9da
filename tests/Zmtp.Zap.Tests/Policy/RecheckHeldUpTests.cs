using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Who may no longer stay goes, whatever strangers, a slow store or another peer's connection do meanwhile.</summary>
public sealed class RecheckHeldUpTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Authenticator _authenticator;

    public RecheckHeldUpTests()
    {
        var one = new CheckLimits { MaxAtOnce = 1 };
        _authenticator = new Authenticator(
            new AuthenticatorOptions { Time = _time, PasswordChecks = one, CertificateLookups = one }, _logger);
    }

    public void Dispose() => _authenticator.Dispose();

    /// <summary>A hash takes its time, and whoever has a few addresses can have one computed at any moment.</summary>
    [Fact]
    public async Task RECHECK_StrangersPasswordsAreChecked_UserThatWasRemovedGoesMeanwhile()
    {
        var store = new FakePasswords().With("joe", "one");
        _authenticator.ConfigurePlain("*", store);
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        await SettleAsync();
        using var checks = new SemaphoreSlim(0);
        var hashes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnVerify = () => checks.Release();
        store.Gate = hashes.Task;
        var strangers = Enumerable.Range(1, 3).Select(i => AskAsync(Frames.Plain("eve", "x", address: $"10.0.1.{i}"))).ToArray();
        Assert.True(await checks.WaitAsync(TestTimeout.Default));

        store.Remove("joe");

        Assert.Contains("removed", await joe.RevokedAsync(), StringComparison.Ordinal);
        Assert.All(strangers, stranger => Assert.False(stranger.IsCompleted));
        hashes.SetResult();
        foreach (var stranger in strangers) Assert.Equal(AuthenticationStatus.Denied, (await stranger.WithinAsync()).Status);
    }

    [Fact]
    public async Task RECHECK_WhoServesAPeerThrows_TheOthersGoAndItIsToldAgain()
    {
        using var first = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.1"));
        using var second = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.2"));
        var told = 0;
        first.Result.Admission!.OnRevoked(_ =>
        {
            if (++told == 1) throw new InvalidOperationException("It will not end.");
        });

        _authenticator.Deny("10.0.0.1", "10.0.0.2");
        await second.RevokedAsync();
        await SettleAsync();
        Assert.Equal(1, told);
        var line = Assert.Single(_logger.Entries, static entry => entry.Level >= LogLevel.Warning);
        Assert.Contains("It will not end.", line.Text, StringComparison.Ordinal);

        _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
        await SettleAsync();
        _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
        await SettleAsync();
        Assert.Equal(2, told);
    }

    private Task<AuthenticationResult> AskAsync(AuthenticationRequest request) =>
        _authenticator.AuthenticateAsync(request, TestTimeout.Token).AsTask();

    private Task SettleAsync() => _authenticator.SettledAsync().WithinAsync();
}
