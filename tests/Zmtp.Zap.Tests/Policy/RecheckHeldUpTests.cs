using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Who may no longer stay goes, whatever strangers, a slow store or another peer's connection do meanwhile.</summary>
public sealed class RecheckHeldUpTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Authenticator _authenticator;

    public RecheckHeldUpTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);

    public void Dispose() => _authenticator.Dispose();

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

    private Task SettleAsync() => _authenticator.SettledAsync().WithinAsync();
}
