using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What happens when policies and stores of the application are slow, or asked too often.</summary>
public sealed class CheckLimitsTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Authenticator _authenticator;

    public CheckLimitsTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);

    public void Dispose() => _authenticator.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZAP-26")]
    public async Task POLICY_OverItsTime_Is300AndItsTokenFires(bool heedsItsToken)
    {
        var asked = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        _authenticator.ConfigurePolicy("*", async (_, stop) =>
        {
            asked.SetResult(stop);
            await Task.Delay(Timeout.Infinite, heedsItsToken ? stop : TestTimeout.Token);
            return AuthenticationResult.Success();
        });
        var answer = Ask(Frames.Null());
        var token = await asked.Task.WithinAsync();
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public async Task POLICY_ThatBlocksItsThread_IsLeftAtItsTimeToo()
    {
        using var release = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _authenticator.ConfigurePolicy("*", (_, _) =>
        {
            asked.SetResult();
            release.Wait(TestTimeout.Default, CancellationToken.None);
            return Verdict(AuthenticationResult.Success());
        });
        var answer = Ask(Frames.Null());
        await asked.Task.WithinAsync();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);
        release.Set();
    }

    [Fact]
    [Spec("ZAP-26")]
    public async Task POLICY_MoreThanMayWait_Are300AtOnceAndTheOthersTakeTurns()
    {
        var running = 0;
        var most = 0;
        var begun = new SemaphoreSlim(0);
        var turns = new SemaphoreSlim(0);
        var limits = new CheckLimits { MaxAtOnce = 2, MaxWaiting = 3 };
        _authenticator.ConfigurePolicy(
            "*",
            async (_, stop) =>
            {
                var now = Interlocked.Increment(ref running);
                lock (turns) most = Math.Max(most, now);
                begun.Release();
                await turns.WaitAsync(stop);
                Interlocked.Decrement(ref running);
                return AuthenticationResult.Success();
            },
            new PolicyOptions { Limits = limits });
        var answers = Enumerable.Range(0, 5).Select(_ => Ask(Frames.Null())).ToArray();
        var refused = await Ask(Frames.Null()).WithinAsync();
        Assert.Equal(AuthenticationStatus.TemporaryError, refused.Status);
        for (var i = 0; i < limits.MaxAtOnce; i++) await begun.WaitAsync(TestTimeout.Token);
        Assert.All(answers, answer => Assert.False(answer.IsCompleted));
        turns.Release(5);
        Assert.All(await Task.WhenAll(answers).WithinAsync(), answer => Assert.Equal(AuthenticationStatus.Success, answer.Status));
        Assert.Equal(2, most);
        turns.Release();
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Frames.Null()).WithinAsync()).Status);
    }

    [Fact]
    public async Task POLICY_CallsThatGoOnAfterTheirTime_KeepTheirPlaces()
    {
        var asked = new SemaphoreSlim(0);
        var end = new TaskCompletionSource();
        var calls = 0;
        _authenticator.ConfigurePolicy(
            "*",
            async (_, _) =>
            {
                if (Interlocked.Increment(ref calls) > 1) return AuthenticationResult.Success();
                asked.Release();
                await end.Task;
                return AuthenticationResult.Success();
            },
            new PolicyOptions { Limits = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 1 } });
        var first = Ask(Frames.Null());
        await asked.WaitAsync(TestTimeout.Token);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await first.WithinAsync()).Status);

        var second = Ask(Frames.Null());
        Assert.Equal(AuthenticationStatus.TemporaryError, (await Ask(Frames.Null()).WithinAsync()).Status);
        Assert.Equal(1, calls);
        end.SetResult();
        Assert.Equal(AuthenticationStatus.Success, (await second.WithinAsync()).Status);
    }

    [Fact]
    public async Task POLICY_PeerThatGivesUpWhileItWaits_IsForgotten()
    {
        var end = new TaskCompletionSource();
        var asked = new SemaphoreSlim(0);
        _authenticator.ConfigurePolicy(
            "*",
            async (_, _) =>
            {
                asked.Release();
                await end.Task;
                return AuthenticationResult.Success();
            },
            new PolicyOptions { Limits = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 1 } });
        var first = Ask(Frames.Null());
        await asked.WaitAsync(TestTimeout.Token);
        using var giveUp = new CancellationTokenSource();
        var second = _authenticator.AuthenticateAsync(Frames.Null(), giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WithinAsync());
        var third = Ask(Frames.Null());
        end.SetResult();
        Assert.Equal(AuthenticationStatus.Success, (await first.WithinAsync()).Status);
        Assert.Equal(AuthenticationStatus.Success, (await third.WithinAsync()).Status);
    }

    [Fact]
    public async Task POLICY_VerdictThatComesTooLate_LeavesNoAdmissionBehind()
    {
        using var inner = new Authenticator(Searched.Log);
        var late = new TaskCompletionSource();
        var asked = new SemaphoreSlim(0);
        var answered = new TaskCompletionSource<Admission>(TaskCreationOptions.RunContinuationsAsynchronously);
        _authenticator.ConfigurePolicy("*", async (request, _) =>
        {
            asked.Release();
            await late.Task;
            var result = await inner.AuthenticateAsync(request.Facts, TestTimeout.Token);
            answered.SetResult(result.Admission!);
            return result;
        });
        var answer = Ask(Frames.Null());
        await asked.WaitAsync(TestTimeout.Token);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);
        late.SetResult();
        var admission = await answered.Task.WithinAsync();
        Assert.True(SpinWait.SpinUntil(() => admission.IsOver, TestTimeout.Default));
        Assert.Equal(0, inner.PeerCount);
    }

    [Fact]
    public async Task POLICY_ThatGoesOnAfterItsTime_StillHasTheCredentialsAndLeavesNone()
    {
        var asked = new SemaphoreSlim(0);
        var end = new TaskCompletionSource();
        var seen = new TaskCompletionSource<(string, ReadOnlyMemory<byte>)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _authenticator.ConfigurePolicy(
            "*",
            async (request, _) =>
            {
                asked.Release();
                await end.Task;
                seen.SetResult((Frames.Text(request.Facts.Credentials)[1], request.Facts.Credentials[1]));
                return AuthenticationResult.Success();
            },
            new PolicyOptions { InsteadOfStores = true, Limits = new CheckLimits { MaxAtOnce = 1 } });
        var facts = Frames.Plain("joe", "secret");
        var answer = Ask(facts);
        await asked.WaitAsync(TestTimeout.Token);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);
        System.Runtime.InteropServices.MemoryMarshal.AsMemory(facts.Credentials[1]).Span.Clear();
        end.SetResult();
        var (password, memory) = await seen.Task.WithinAsync();
        Assert.Equal("secret", password);
        Assert.True(SpinWait.SpinUntil(() => !memory.Span.ContainsAnyExcept((byte)0), TestTimeout.Default));
    }

    [Fact]
    public async Task PLAIN_CostlyChecks_TakeTurnsAndTheCrowdIs300()
    {
        using var release = new ManualResetEventSlim();
        var store = new BlockingPasswords(release);
        var options = new AuthenticatorOptions { PasswordChecks = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 1 } };
        using var authenticator = new Authenticator(options);
        authenticator.ConfigurePlain("*", store);
        var first = authenticator.AuthenticateAsync(Frames.Plain("joe", "x"), TestTimeout.Token).AsTask();
        var second = authenticator.AuthenticateAsync(Frames.Plain("joe", "x"), TestTimeout.Token).AsTask();
        var third = await authenticator.AuthenticateAsync(Frames.Plain("joe", "x"), TestTimeout.Token).WithinAsync();
        Assert.Equal(AuthenticationStatus.TemporaryError, third.Status);
        release.Set();
        Assert.Equal(AuthenticationStatus.Success, (await first.WithinAsync()).Status);
        Assert.Equal(AuthenticationStatus.Success, (await second.WithinAsync()).Status);
        Assert.Equal(1, store.Most);
    }

    [Fact]
    public async Task PLAIN_AddressThatFillsTheQueue_LeavesRoomForAnother()
    {
        using var release = new ManualResetEventSlim();
        var options = new AuthenticatorOptions { PasswordChecks = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 3 } };
        using var authenticator = new Authenticator(options);
        authenticator.ConfigurePlain("*", new BlockingPasswords(release));
        var crowd = Enumerable.Range(0, 6).Select(_ => AskFrom("10.0.0.1")).ToArray();
        Assert.All(
            await Task.WhenAll(crowd[4..]).WithinAsync(),
            result => Assert.Equal(AuthenticationStatus.TemporaryError, result.Status));
        var other = AskFrom("10.0.0.2");
        var crowdedOut = await crowd[3].WithinAsync();
        Assert.Equal(AuthenticationStatus.TemporaryError, crowdedOut.Status);
        Assert.Contains("overloaded", crowdedOut.Text, StringComparison.Ordinal);
        Assert.False(other.IsCompleted);
        release.Set();
        Assert.All(
            await Task.WhenAll([other, .. crowd[..3]]).WithinAsync(),
            result => Assert.Equal(AuthenticationStatus.Success, result.Status));

        Task<AuthenticationResult> AskFrom(string address) =>
            authenticator.AuthenticateAsync(Frames.Plain("joe", "x", address: address), TestTimeout.Token).AsTask();
    }

    /// <summary>A host may have as many addresses of its link as it likes.</summary>
    [Theory]
    [InlineData("fe80::{0}%2", "10.0.0.1")]
    [InlineData("fe80::{0}%2", "fe80::1%3")]
    [InlineData("fe80::{0}", "10.0.0.1")]
    public async Task PLAIN_LinkLocalNetworkOfAZone_IsOneAddress(string crowded, string alone)
    {
        using var release = new ManualResetEventSlim();
        var options = new AuthenticatorOptions { PasswordChecks = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 2 } };
        using var authenticator = new Authenticator(options);
        authenticator.ConfigurePlain("*", new BlockingPasswords(release));
        var crowd = Enumerable.Range(1, 3).Select(host => AskFrom(crowded.Replace("{0}", $"{host}", StringComparison.Ordinal))).ToArray();
        var other = AskFrom(alone);
        Assert.Equal(AuthenticationStatus.TemporaryError, (await crowd[2].WithinAsync()).Status);
        release.Set();
        Assert.Equal(AuthenticationStatus.Success, (await other.WithinAsync()).Status);

        Task<AuthenticationResult> AskFrom(string address) =>
            authenticator.AuthenticateAsync(Frames.Plain("joe", "x", address: address), TestTimeout.Token).AsTask();
    }

    [Fact]
    public async Task PLAIN_NetworkOfIpv6_IsOneAddress()
    {
        using var release = new ManualResetEventSlim();
        var options = new AuthenticatorOptions { PasswordChecks = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 2 } };
        using var authenticator = new Authenticator(options);
        authenticator.ConfigurePlain("*", new BlockingPasswords(release));
        var crowd = Enumerable.Range(0, 4).Select(host => AskFrom($"2001:db8::{host:x}")).ToArray();
        Assert.Equal(AuthenticationStatus.TemporaryError, (await crowd[3].WithinAsync()).Status);
        var other = AskFrom("2001:db8:0:1::1");
        Assert.Equal(AuthenticationStatus.TemporaryError, (await crowd[2].WithinAsync()).Status);
        release.Set();
        Assert.Equal(AuthenticationStatus.Success, (await other.WithinAsync()).Status);

        Task<AuthenticationResult> AskFrom(string address) =>
            authenticator.AuthenticateAsync(Frames.Plain("joe", "x", address: address), TestTimeout.Token).AsTask();
    }

    /// <summary>A store that never answers, and does not heed its token, keeps its places for good: they must be nobody else's.</summary>
    [Fact]
    public async Task STORE_ThatHangsForGood_HoldsUpNoOtherStore()
    {
        var limits = new CheckLimits { MaxAtOnce = 2 };
        var options = new AuthenticatorOptions { Time = _time, CertificateLookups = limits, PasswordChecks = limits };
        using var authenticator = new Authenticator(options);
        using var hung = new HungStore();
        authenticator.ConfigureCurve("hung", hung);
        authenticator.ConfigurePlain("hung", hung);
        authenticator.ConfigureCurve("good", new FakeCertificates().With(Keys.Number(1)));
        authenticator.ConfigurePlain("good", new FakePasswords().With("joe", "one"));
        var stuck = Enumerable.Range(0, limits.MaxAtOnce).SelectMany(_ => (Task<AuthenticationResult>[])
        [
            authenticator.AuthenticateAsync(Frames.Curve(Keys.Number(1).AsSpan(), "hung"), TestTimeout.Token).AsTask(),
            authenticator.AuthenticateAsync(Frames.Plain("joe", "one", "hung"), TestTimeout.Token).AsTask(),
        ]).ToArray();
        for (var i = 0; i < stuck.Length; i++) Assert.True(await hung.Asked.WaitAsync(TestTimeout.Default));
        _time.Advance(limits.TimeLimit);
        foreach (var answer in stuck) Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);

        using var client = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "good"));
        using var user = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one", "good"));
    }

    /// <summary>Whoever configures it anew, or in two domains, must not be able to ask it more often at once than agreed.</summary>
    [Fact]
    public async Task STORE_InTwoDomains_HasOneQueue()
    {
        var options = new AuthenticatorOptions { Time = _time, CertificateLookups = new CheckLimits { MaxAtOnce = 1, MaxWaiting = 0 } };
        using var authenticator = new Authenticator(options);
        using var hung = new HungStore();
        authenticator.ConfigureCurve("a", hung);
        authenticator.ConfigureCurve("b", hung);
        var first = authenticator.AuthenticateAsync(Frames.Curve(Keys.Number(1).AsSpan(), "a"), TestTimeout.Token).AsTask();
        Assert.True(await hung.Asked.WaitAsync(TestTimeout.Default));
        var second = await authenticator.AuthenticateAsync(Frames.Curve(Keys.Number(1).AsSpan(), "b"), TestTimeout.Token).WithinAsync();
        Assert.Contains("overloaded", second.Text, StringComparison.Ordinal);
        _time.Advance(options.CertificateLookups.TimeLimit);
        Assert.Equal(AuthenticationStatus.TemporaryError, (await first.WithinAsync()).Status);
    }

    [Fact]
    public void LIMITS_OutOfRange_AreRefused()
    {
        foreach (var limits in new CheckLimits[]
        {
            new() { MaxAtOnce = 0 },
            new() { MaxWaiting = -1 },
            new() { TimeLimit = TimeSpan.Zero },
            new() { TimeLimit = Timeout.InfiniteTimeSpan },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(
                () => _authenticator.ConfigurePolicy("*", static (_, _) => default, new PolicyOptions { Limits = limits }));
            Assert.Throws<ArgumentOutOfRangeException>(() => new Authenticator(new AuthenticatorOptions { PasswordChecks = limits }));
            Assert.Throws<ArgumentOutOfRangeException>(() => new Authenticator(new AuthenticatorOptions { CertificateLookups = limits }));
        }
    }

    private static ValueTask<AuthenticationResult> Verdict(AuthenticationResult result) => ValueTask.FromResult(result);

    private async Task<(AuthenticationStatus Status, string UserId)> Ask(AuthenticationRequest request)
    {
        var result = await _authenticator.AuthenticateAsync(request, TestTimeout.Token).WithinAsync();
        return (result.Status, result.UserId);
    }

    private sealed class HungStore : ICertificateStore, IPasswordStore, IDisposable
    {
        public SemaphoreSlim Asked { get; } = new(0);

        public async ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken)
        {
            Asked.Release();
            await new TaskCompletionSource().Task;
            return null;
        }

        public async ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
        {
            Asked.Release();
            await new TaskCompletionSource().Task;
            return false;
        }

        public void Dispose() => Asked.Dispose();
    }

    private sealed class BlockingPasswords(ManualResetEventSlim release) : IPasswordStore
    {
        private int _running;

        public int Most { get; private set; }

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
        {
            Most = Math.Max(Most, Interlocked.Increment(ref _running));
            release.Wait(TestTimeout.Default, cancellationToken);
            Interlocked.Decrement(ref _running);
            return new(true);
        }
    }
}
