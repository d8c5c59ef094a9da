using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Policies of the application: when they are asked, what their word counts, and what happens when they are slow.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Authenticator _authenticator;

    public PolicyTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task POLICY_HasTheLastWordAfterAddressAndStore()
    {
        var asked = new List<string>();
        _authenticator.ConfigurePlain("*", new FakePasswords().With("joe", "secret").With("ann", "secret"));
        _authenticator.Deny("10.0.0.1");
        _authenticator.ConfigurePolicy("*", (request, _) =>
        {
            lock (asked) asked.Add(request.UserId);
            Assert.False(request.IsRecheck);
            return Verdict(request.UserId == "joe" ? AuthenticationResult.Success() : AuthenticationResult.Denied("not at night"));
        });

        Assert.Equal((AuthenticationStatus.Success, "joe"), await Ask(Frames.Plain("joe", "secret")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("ann", "secret")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("joe", "wrong")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("joe", "secret", "test", "10.0.0.1")));
        Assert.Equal(["joe", "ann"], asked);
        Assert.Contains("not at night", _logger.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task POLICY_OnTopOfStoresThatAreNotThere_LetsNobodyInByPasswordOrKey()
    {
        _authenticator.ConfigurePolicy("*", static (_, _) => Verdict(AuthenticationResult.Success("anybody")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("joe", "secret")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Curve(Keys.Client.AsSpan())));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(new AuthenticationRequest("", "", default, "GSSAPI", Frames.Of("x"))));
        Assert.Equal((AuthenticationStatus.Success, "anybody"), await Ask(Frames.Null()));
    }

    [Fact]
    public async Task POLICY_InsteadOfStores_ChecksTheCredentialsAlone()
    {
        _authenticator.ConfigurePlain("*", new FakePasswords().With("joe", "of the store"));
        _authenticator.ConfigurePolicy(
            "*",
            static (request, _) => Verdict(
                request.Facts.Mechanism != "PLAIN" || Frames.Text(request.Facts.Credentials)[1] == "of the directory"
                    ? AuthenticationResult.Success()
                    : AuthenticationResult.Denied("wrong")),
            new PolicyOptions { InsteadOfStores = true });
        Assert.Equal((AuthenticationStatus.Success, "joe"), await Ask(Frames.Plain("joe", "of the directory")));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("joe", "of the store")));
        Assert.Equal((AuthenticationStatus.Success, Keys.ClientPublic), await Ask(Frames.Curve(Keys.Client.AsSpan())));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Curve(new byte[32])));
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Plain("joe\xFF", "of the directory")));
        Assert.Equal((AuthenticationStatus.Success, ""), await Ask(new AuthenticationRequest("", "", default, "GSSAPI", Frames.Of("x"))));
        _authenticator.ConfigureNull("*", allow: false);
        Assert.Equal((AuthenticationStatus.Denied, ""), await Ask(Frames.Null()));
    }

    [Fact]
    public async Task POLICY_Domains_HaveTheirOwnAndRemovedOnesFallBack()
    {
        _authenticator.ConfigurePolicy("a", static (_, _) => Verdict(AuthenticationResult.Success("a")));
        _authenticator.ConfigurePolicy("*", static (_, _) => Verdict(AuthenticationResult.Success("default")));
        Assert.Equal((AuthenticationStatus.Success, "a"), await Ask(Frames.Null("a")));
        Assert.Equal((AuthenticationStatus.Success, "default"), await Ask(Frames.Null("b")));
        _authenticator.RemovePolicy("a");
        Assert.Equal((AuthenticationStatus.Success, "default"), await Ask(Frames.Null("a")));
        _authenticator.RemovePolicy("*");
        Assert.Equal((AuthenticationStatus.Success, ""), await Ask(Frames.Null("a")));
    }

    [Fact]
    public async Task POLICY_UserIdAndMetadata_AddToThoseOfTheCertificate()
    {
        var store = new MemoryCertificateStore();
        using var certificate = new Certificate(Keys.Client);
        certificate.Metadata.Set("name", "Ann");
        certificate.Metadata.Set("team", "red");
        store.Add(certificate);
        _authenticator.ConfigureCurve("*", store);
        _authenticator.ConfigurePolicy("*", static (request, _) =>
        {
            Assert.Equal("Ann", request.Metadata.GetText("name"));
            return Verdict(AuthenticationResult.Success(
                "ann", new ZmtpMetadata([new("Team", "blue"u8.ToArray()), new("Identity", "root"u8.ToArray())])));
        });
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Client.AsSpan()));
        Assert.Equal("ann", stay.Result.UserId);
        Assert.Equal("Ann", stay.Result.Metadata.GetText("name"));
        Assert.Equal("blue", stay.Result.Metadata.GetText("team"));
        Assert.Equal(2, stay.Result.Metadata.Count);
    }

    [Theory]
    [Spec("ZAP-26")]
    [InlineData(300)]
    [InlineData(400)]
    [InlineData(500)]
    public async Task POLICY_Refusal_KeepsItsStatus(int status)
    {
        _authenticator.ConfigurePolicy("*", (_, _) => Verdict(status switch
        {
            300 => AuthenticationResult.TemporaryError("later"),
            400 => AuthenticationResult.Denied("no"),
            _ => AuthenticationResult.InternalError("broken"),
        }));
        Assert.Equal(status, (int)(await Ask(Frames.Null())).Status);
    }

    [Fact]
    [Spec("ZAP-26")]
    public async Task POLICY_ThatThrowsOrAnswersNothing_Is500AndLogged()
    {
        _authenticator.ConfigurePolicy("a", static (_, _) => throw new InvalidOperationException("disk on fire"));
        _authenticator.ConfigurePolicy("b", static async (_, _) =>
        {
            await Task.Yield();
            throw new OperationCanceledException("somebody else's token");
        });
        _authenticator.ConfigurePolicy("c", static (_, _) => ValueTask.FromResult<AuthenticationResult>(null!));
        foreach (var domain in new[] { "a", "b", "c" })
        {
            Assert.Equal(AuthenticationStatus.InternalError, (await Ask(Frames.Null(domain))).Status);
        }

        Assert.Equal(3, _logger.Entries.Count(entry => entry.Level == LogLevel.Error));
        Assert.Contains("disk on fire", _logger.All, StringComparison.Ordinal);
    }

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
    public async Task POLICY_ThatAsksAnotherAuthenticator_HandsItsAdmissionOn()
    {
        using var inner = new Authenticator();
        _authenticator.ConfigurePolicy("*", (request, stop) => inner.AuthenticateAsync(request.Facts, stop));
        var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        Assert.Equal((1, 1), (inner.PeerCount, _authenticator.PeerCount));
        inner.ConfigureNull("*", allow: false);
        await stay.RevokedAsync();
        stay.Dispose();
        Assert.Equal((0, 0), (inner.PeerCount, _authenticator.PeerCount));
    }

    [Fact]
    public async Task POLICY_VerdictThatComesTooLate_LeavesNoAdmissionBehind()
    {
        using var inner = new Authenticator();
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
    public async Task PLAIN_StoreReplacedWhileItIsAsked_NobodyIsRefusedByTheOldOne()
    {
        var old = new LatePasswords();
        _authenticator.ConfigurePlain("*", old);
        var answer = Ask(Frames.Plain("joe", "secret"));
        await old.Asked.WithinAsync();
        _authenticator.ConfigurePlain("*", new FakePasswords().With("joe", "secret"));
        old.Answer(false);
        Assert.Equal((AuthenticationStatus.Success, "joe"), await answer.WithinAsync());
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

    private sealed class LatePasswords : IPasswordStore
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Answer(bool isRight) => _answer.SetResult(isRight);

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            return new(_answer.Task.WaitAsync(cancellationToken));
        }
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
