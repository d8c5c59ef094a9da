using System.Runtime.CompilerServices;
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

    /// <summary>To ask a slow store about all its peers takes as long as it takes; whoever another one no longer names must not stay for that.</summary>
    [Fact]
    public async Task RECHECK_APassOfASlowStoreIsUnderWay_UserThatAnotherStoreRemovedGoesMeanwhile()
    {
        var slow = new FakeCertificates().With(Keys.Number(1));
        var users = new FakePasswords().With("joe", "one");
        _authenticator.ConfigureCurve("*", slow);
        _authenticator.ConfigurePlain("*", users);
        using var client = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        await SettleAsync();
        using var asked = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        slow.OnAsked = () => asked.Release();
        slow.Gate = answer.Task;
        slow.Raise();
        Assert.True(await asked.WaitAsync(TestTimeout.Default));

        users.Remove("joe");
        Assert.Contains("removed", await joe.RevokedAsync(), StringComparison.Ordinal);

        // And what the slow one says in the end counts as ever.
        slow.Remove(Keys.Number(1));
        Assert.False(client.IsRevoked);
        answer.SetResult();
        await client.RevokedAsync();
        await SettleAsync();
    }

    /// <summary>Nobody can check its password again, so that there is nothing to wait for: least of all for the store that has come in the other one's place.</summary>
    [Fact]
    public async Task RECHECK_StoreThatReplacesAnotherHangs_PeersOfTheOtherOneGoMeanwhile()
    {
        var hung = new HangingVersions();
        _authenticator.ConfigurePlain("a", hung);
        _authenticator.ConfigurePlain("b", new FakePasswords().With("joe", "one"));
        using var stuck = await Stay.BeginAsync(_authenticator, Frames.Plain("ann", "two", "a"));
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one", "b"));
        await SettleAsync();
        hung.Hang();
        hung.Raise();
        await hung.Asked.WithinAsync();

        _authenticator.ConfigurePlain("b", hung);

        Assert.Contains("replaced", await joe.RevokedAsync(), StringComparison.Ordinal);
        Assert.False(stuck.IsRevoked);
    }

    /// <summary>Whoever configures one store after another must not have all of them kept.</summary>
    [Fact]
    public async Task RECHECK_StoreThatIsConfiguredNoMore_IsForgotten()
    {
        var stores = new List<WeakReference>();
        for (var i = 0; i < 3; i++) stores.Add(await UseOneAsync());
        _authenticator.RemoveCurve("*");
        await SettleAsync();
        var until = TestTimeout.Token;
        while (stores.Exists(static store => store.IsAlive))
        {
            until.ThrowIfCancellationRequested();
            GC.Collect();
            await Task.Yield();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        async Task<WeakReference> UseOneAsync()
        {
            var store = new FakeCertificates().With(Keys.Number(1));
            _authenticator.ConfigureCurve("*", store);
            using var stay = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(1).AsSpan()));
            store.Raise();
            await SettleAsync();
            return new WeakReference(store);
        }
    }

    /// <summary>A store has no time for the last few of those who are asked about together. Whoever is one of them once is not for ever.</summary>
    [Fact]
    public async Task RECHECK_StoreIsAlwaysLateForTheLastFew_WhoMayNotStayIsRevokedAllTheSame()
    {
        const int Peers = 16;
        const int InTime = 12;

        // More than ever needed: who is late is drawn anew each time.
        const int Passes = 100;
        var limit = AuthenticatorOptions.Default.CertificateLookups.TimeLimit;
        var store = new FakeCertificates().With([.. Enumerable.Range(0, Peers).Select(Keys.Number)]);
        _authenticator.ConfigureCurve("*", store);
        var stays = new List<Stay>();
        for (var i = 0; i < Peers; i++) stays.Add(await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Number(i).AsSpan())));
        await SettleAsync();
        using var late = new SemaphoreSlim(0);
        var never = new TaskCompletionSource().Task;
        var asked = 0;
        store.OnAsked = () =>
        {
            if (Interlocked.Increment(ref asked) <= InTime) return;
            store.Gate = never;
            late.Release();
        };

        store.Remove(Keys.Number(Peers - 1));
        await PassAsync();
        for (var i = 1; i < Passes && !stays[^1].IsRevoked; i++)
        {
            _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
            await PassAsync();
        }

        Assert.True(stays[^1].IsRevoked);
        Assert.All(stays.SkipLast(1), stay => Assert.False(stay.IsRevoked));
        foreach (var stay in stays) stay.Dispose();

        async Task PassAsync()
        {
            Assert.True(await late.WaitAsync(TestTimeout.Default));
            _time.Advance(limit);

            // No time passes but for one who is asked about: else the next pass would begin by itself.
            var until = TestTimeout.Token;
            for (var settled = _authenticator.SettledAsync(); !settled.IsCompleted; await Task.Yield())
            {
                until.ThrowIfCancellationRequested();
                if (late.Wait(0)) _time.Advance(limit);
            }

            asked = 0;
            store.Gate = Task.CompletedTask;
        }
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

    [Fact]
    public async Task RECHECK_WhoServesAPeerThrowsInAPassByHand_ItIsToldAgainByItself()
    {
        _authenticator.ConfigurePolicy("*", static (request, _) => ValueTask.FromResult(
            request.IsRecheck ? AuthenticationResult.Denied("closed") : AuthenticationResult.Success("joe")));
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        await SettleAsync();
        var told = new List<string>();
        stay.Result.Admission!.OnRevoked(reason =>
        {
            told.Add(reason);
            if (told.Count == 1) throw new InvalidOperationException("It will not end.");
        });
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.Single(told);

        _time.Advance(AuthenticatorOptions.Default.RecheckInterval);
        await SettleAsync();

        Assert.Equal(2, told.Count);
        Assert.Equal(told[0], told[1]);
        Assert.Contains("closed", told[0], StringComparison.Ordinal);
    }

    private Task<AuthenticationResult> AskAsync(AuthenticationRequest request) =>
        _authenticator.AuthenticateAsync(request, TestTimeout.Token).AsTask();

    private Task SettleAsync() => _authenticator.SettledAsync().WithinAsync();

    /// <summary>Every password is right; a version may be waited for in vain.</summary>
    private sealed class HangingVersions : IVersionedPasswordStore
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile Task _gate = Task.CompletedTask;

        public event EventHandler? Changed;

        /// <summary>Somebody waits.</summary>
        public Task Asked => _asked.Task;

        public void Hang() => _gate = new TaskCompletionSource().Task;

        public void Raise() => Changed?.Invoke(this, EventArgs.Empty);

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) => new(true);

        public async ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken)
        {
            var gate = _gate;
            if (!gate.IsCompleted) _asked.TrySetResult();
            await gate.WaitAsync(cancellationToken);
            return "1";
        }
    }
}
