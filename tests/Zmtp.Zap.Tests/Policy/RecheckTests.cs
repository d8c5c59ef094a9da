using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Who may no longer come in may no longer stay; everybody else may.</summary>
public sealed class RecheckTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Authenticator _authenticator;

    public RecheckTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task RECHECK_AddressDenied_EndsThoseThereAndNobodyElse()
    {
        using var gone = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.1"));
        using var stays = await Stay.BeginAsync(_authenticator, Frames.Null("a", "10.0.0.2"));
        _authenticator.Deny("10.0.0.1");
        Assert.Contains("denied", await gone.RevokedAsync(), StringComparison.Ordinal);
        await SettleAsync();
        Assert.False(stays.IsRevoked);
        Assert.Equal(2, _authenticator.PeerCount);
        _authenticator.AllowIn("a", "10.0.0.3");
        await stays.RevokedAsync();
    }

    [Fact]
    public async Task RECHECK_NullSwitchedOff_EndsThoseOfTheDomain()
    {
        using var gone = await Stay.BeginAsync(_authenticator, Frames.Null("a"));
        using var stays = await Stay.BeginAsync(_authenticator, Frames.Null("b"));
        _authenticator.ConfigureNull("a", allow: false);
        Assert.Contains("NULL", await gone.RevokedAsync(), StringComparison.Ordinal);
        await SettleAsync();
        Assert.False(stays.IsRevoked);
        _authenticator.ConfigureNull("*", allow: false);
        await stays.RevokedAsync();
    }

    [Fact]
    public async Task RECHECK_CertificateRemoved_EndsItsClient()
    {
        var store = new FakeCertificates().With(Keys.Number(1), Keys.Number(2));
        _authenticator.ConfigureCurve("*", store);
        using var gone = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        using var stays = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(2).AsSpan()));
        store.Remove(Keys.Number(1));
        Assert.Contains("certificate", await gone.RevokedAsync(), StringComparison.Ordinal);
        await SettleAsync();
        Assert.False(stays.IsRevoked);
    }

    [Fact]
    public async Task RECHECK_StoreReplacedOrRemoved_EndsThoseWhomTheNewStateDoesNotLetIn()
    {
        var store = new FakeCertificates().With(Keys.Number(1), Keys.Number(2));
        _authenticator.ConfigureCurve("a", store);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "a"));
        using var second = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(2).AsSpan(), "a"));
        Assert.True(store.IsWatched);
        _authenticator.ConfigureCurve("a", new FakeCertificates().With(Keys.Number(2)));
        await first.RevokedAsync();
        Assert.False(store.IsWatched);
        _authenticator.ConfigureCurve("*", CurveClients.AllowAny);
        _authenticator.RemoveCurve("a");
        await SettleAsync();
        Assert.False(second.IsRevoked);
        _authenticator.RemoveCurve("*");
        await second.RevokedAsync();
    }

    [Fact]
    public async Task RECHECK_UserRemovedOrPasswordChanged_EndsItsConnections()
    {
        var store = new FakePasswords().With("joe", "one").With("ann", "two").With("bob", "three");
        _authenticator.ConfigurePlain("*", store);
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        using var ann = await Stay.BeginAsync(_authenticator, Frames.Plain("ann", "two"));
        using var bob = await Stay.BeginAsync(_authenticator, Frames.Plain("bob", "three"));
        store.Remove("joe");
        Assert.Contains("removed", await joe.RevokedAsync(), StringComparison.Ordinal);
        store.With("ann", "changed");
        Assert.Contains("changed", await ann.RevokedAsync(), StringComparison.Ordinal);
        store.With("bob", "three");
        await SettleAsync();
        Assert.False(bob.IsRevoked);
        _authenticator.ConfigurePlain("*", new FakePasswords().With("bob", "three"));
        Assert.Contains("replaced", await bob.RevokedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RECHECK_StoreThatFails_KeepsThoseWhoAreThereAndAsksAgain()
    {
        var store = new FakeCertificates().With(Keys.Number(1), Keys.Number(2));
        _authenticator.ConfigureCurve("*", store);
        using var first = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        using var second = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(2).AsSpan(), "test", "10.0.0.2"));
        using var other = await Stay.BeginAsync(_authenticator, Frames.Null("test", "10.0.0.3"));
        store.Failure = new IOException("disk on fire");
        store.Remove(Keys.Number(1));
        _authenticator.Deny("10.0.0.3");
        await other.RevokedAsync();
        await SettleAsync();
        Assert.False(first.IsRevoked || second.IsRevoked);
        Assert.True(HasError("disk on fire"));

        store.Failure = null;
        _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
        await first.RevokedAsync();
        Assert.False(second.IsRevoked);
    }

    /// <summary>As when a database is down for a night: who reads the log learns of it once a minute, and at once of what is another matter.</summary>
    [Fact]
    public async Task RECHECK_StoreThatGoesOnFailing_IsAnErrorOnceAMinute()
    {
        var store = new FakeCertificates().With(Keys.Number(1));
        _authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        await SettleAsync();
        const int PassesAMinute = 12;
        var attempt = 0;
        store.OnAsked = () => store.Failure = new IOException($"The database is down: {++attempt}.");
        store.Raise();
        await SettleAsync();
        Assert.Contains("The database is down: 1.", Assert.Single(Errors()), StringComparison.Ordinal);
        for (var i = 1; i < PassesAMinute; i++) await NextPassAsync();
        Assert.Equal(PassesAMinute, attempt);
        Assert.Single(Errors());

        await NextPassAsync();
        Assert.Equal(2, Errors().Length);
        Assert.Contains($"(Repetitions in the meantime: {PassesAMinute - 1}.)", Errors()[1], StringComparison.Ordinal);

        store.OnAsked = () => store.Failure = new InvalidDataException("The database is broken.");
        await NextPassAsync();
        Assert.Contains("The database is broken.", Errors()[^1], StringComparison.Ordinal);
        Assert.Equal(3, Errors().Length);

        string[] Errors() => [.. _logger.Entries.Where(static entry => entry.Level == LogLevel.Error).Select(static entry => entry.Text)];

        async Task NextPassAsync()
        {
            _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
            await SettleAsync();
        }
    }

    [Fact]
    public async Task RECHECK_PasswordStoreThatFails_KeepsThoseWhoAreThere()
    {
        var store = new FakePasswords().With("joe", "one");
        _authenticator.ConfigurePlain("*", store);
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        store.Failure = new IOException("disk on fire");
        store.Raise();
        await SettleAsync();
        Assert.False(stay.IsRevoked);
        Assert.True(HasError("disk on fire"));
    }

    [Fact]
    public async Task RECHECK_StoreThatHangs_HoldsUpNobodyElse()
    {
        var hung = new FakeCertificates().With(Keys.Number(1));
        _authenticator.ConfigureCurve("*", hung);
        using var stuck = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        using var other = await Stay.BeginAsync(_authenticator, Frames.Null("test", "10.0.0.3"));
        hung.Gate = new TaskCompletionSource().Task;
        using var third = await Stay.BeginAsync(_authenticator, Frames.Null("test", "10.0.0.4"));
        _authenticator.Deny("10.0.0.3");
        await other.RevokedAsync();
        _authenticator.Deny("10.0.0.4");
        await third.RevokedAsync();
        Assert.False(stuck.IsRevoked);
    }

    [Fact]
    public async Task RECHECK_StoreThatHangs_IsNotWaitedForOnceForEachOfItsPeers()
    {
        const int Peers = 100;
        var options = new AuthenticatorOptions { EndsRevokedPeers = false, Time = _time };
        using var authenticator = new Authenticator(options, _logger);
        var hung = new FakeCertificates().With([.. Enumerable.Range(0, Peers).Select(Keys.Number)]);
        authenticator.ConfigureCurve("*", hung);
        var stays = new List<Stay>();
        for (var i = 0; i < Peers; i++) stays.Add(await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(i).AsSpan())));
        var asked = new SemaphoreSlim(0);
        hung.Gate = new TaskCompletionSource().Task;
        hung.OnAsked = () => asked.Release();

        var pass = authenticator.RecheckAsync(TestTimeout.Token);
        for (var i = 0; i < options.CertificateLookups.MaxAtOnce; i++) await asked.WaitAsync(TestTimeout.Token);
        _time.Advance(options.CertificateLookups.TimeLimit);

        Assert.Equal(0, await pass.WithinAsync());
        Assert.Equal(Peers + options.CertificateLookups.MaxAtOnce, hung.Asked);
        Assert.True(HasError($"connected peers that could not be asked about: {Peers}."));
        Assert.All(stays, stay => Assert.False(stay.IsRevoked));
        foreach (var stay in stays) stay.Dispose();
    }

    /// <summary>Those who are late come first in every pass, if nobody sees to it: the one behind them would stay for ever.</summary>
    [Fact]
    public async Task RECHECK_PeerBehindThoseThatAreAlwaysLate_IsRevokedAtOneOfTheNextPasses()
    {
        const int Late = 16;
        var options = AuthenticatorOptions.Default;
        var store = new FakeCertificates().With([.. Enumerable.Range(0, Late + 1).Select(Keys.Number)]);
        _authenticator.ConfigureCurve("*", store);

        // Before anybody comes: those whom the pass that the configuring asks for had asked about would be the last of the next, and the others, with
        // the one who is to be behind them, the first.
        await _authenticator.SettledAsync().WithinAsync();
        var stays = new List<Stay>();
        for (var i = 0; i <= Late; i++) stays.Add(await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(i).AsSpan())));
        using var asked = new SemaphoreSlim(0);
        store.OnAsked = () => asked.Release();
        store.Hung = Enumerable.Range(0, Late).Select(Keys.Number).ToHashSet();

        store.Remove(Keys.Number(Late));
        await PassAsync();
        Assert.False(stays[Late].IsRevoked);
        _time.Advance(options.RecheckInterval);
        await PassAsync();
        Assert.True(stays[Late].IsRevoked);
        Assert.All(stays.Take(Late), stay => Assert.False(stay.IsRevoked));
        foreach (var stay in stays) stay.Dispose();

        async Task PassAsync()
        {
            for (var i = 0; i < Late; i++) await asked.WaitAsync(TestTimeout.Token);
            _time.Advance(options.CertificateLookups.TimeLimit);

            // No time passes but for those who are asked: else the next pass would begin by itself, and lose its time before it has asked anybody.
            var until = TestTimeout.Token;
            for (var settled = _authenticator.SettledAsync(); !settled.IsCompleted; await Task.Yield())
            {
                until.ThrowIfCancellationRequested();
                if (asked.Wait(0)) _time.Advance(options.CertificateLookups.TimeLimit);
            }
        }
    }

    [Fact]
    public async Task RECHECK_PeerJudgedByWhatHeldBefore_IsFoundAllTheSame()
    {
        var store = new FakeCertificates().With(Keys.Number(1));
        _authenticator.ConfigureCurve("*", store);
        var gate = new TaskCompletionSource();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnAsked = () => asked.TrySetResult();
        store.Gate = gate.Task;
        var entering = Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        await asked.Task.WithinAsync();

        // The look-up has found the certificate and has not come back yet; the recheck finds nobody to ask about.
        store.Gate = Task.CompletedTask;
        store.Remove(Keys.Number(1));
        await SettleAsync();
        gate.SetResult();

        using var stay = await entering.WithinAsync();
        await stay.RevokedAsync();
    }

    [Fact]
    public async Task RECHECK_SwitchedOff_HappensByHandOnly()
    {
        using var authenticator = new Authenticator(new() { EndsRevokedPeers = false });
        var store = new FakeCertificates().With(Keys.Number(1));
        authenticator.ConfigureCurve("*", store);
        Assert.False(store.IsWatched);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        store.Remove(Keys.Number(1));
        authenticator.Deny("127.0.0.1");
        await authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);
        Assert.Equal(1, await authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.True(stay.IsRevoked);
    }

    [Fact]
    public async Task RECHECK_TenThousandPeers_AreAskedAboutWithinASecondAndHandshakesGoOn()
    {
        // Something else may hold the machine up, but not each time.
        const int Tries = 3;
        var took = TimeSpan.MaxValue;
        for (var i = 0; i < Tries && took >= TimeSpan.FromSeconds(1); i++) took = await RecheckManyAsync();
        Assert.True(took < TimeSpan.FromSeconds(1), $"It took {took}.");
    }

    [Fact]
    public async Task RECHECK_AuthenticatorDisposed_LeavesThoseWhoAreThereAndTheirStores()
    {
        var store = new FakeCertificates().With(Keys.Number(1));
        _authenticator.ConfigureCurve("*", store);
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        _authenticator.Dispose();
        Assert.False(store.IsWatched);
        store.Remove(Keys.Number(1));
        Assert.False(stay.IsRevoked);
    }

    private async Task<TimeSpan> RecheckManyAsync()
    {
        const int Peers = 10_000;
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);
        var store = new MemoryCertificateStore();
        for (var i = 0; i < Peers; i++) store.Set(Keys.Number(i));
        authenticator.ConfigureCurve("*", store);
        var stays = new List<Stay>();
        for (var i = 0; i < Peers; i++) stays.Add(await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(i).AsSpan())));
        for (var i = 0; i < Peers / 2; i++) store.Remove(Keys.Number(i));

        var start = TimeProvider.System.GetTimestamp();
        var pass = authenticator.RecheckAsync(TestTimeout.Token);
        var meanwhile = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(Peers - 1).AsSpan()));
        await pass.WithinAsync();
        var took = TimeProvider.System.GetElapsedTime(start);

        Assert.All(stays.Take(Peers / 2), stay => Assert.True(stay.IsRevoked));
        Assert.All(stays.Skip(Peers / 2), stay => Assert.False(stay.IsRevoked));
        meanwhile.Dispose();
        foreach (var stay in stays) stay.Dispose();
        Assert.Equal(0, authenticator.PeerCount);
        return took;
    }

    private bool HasError(string text) =>
        _logger.Entries.Any(entry => entry.Level == LogLevel.Error && entry.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>After this, every recheck that was called for before has been made.</summary>
    private Task SettleAsync() => _authenticator.SettledAsync().WithinAsync();
}
