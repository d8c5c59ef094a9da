using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Policies of the application: when they are asked, and what their word counts.</summary>
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
    public async Task POLICY_OnItsOwn_CanBeAskedByATest()
    {
        var question = new PolicyRequest(Frames.Null("test", "10.0.0.1"), "joe");
        Assert.Equal(("test", "10.0.0.1", "NULL", "joe"), (question.Domain, question.Address, question.Mechanism, question.UserId));
        Assert.Equal((0, false), (question.Metadata.Count, question.IsRecheck));
        Assert.Equal(AuthenticationStatus.Success, (await JoeFromTen(question, TestTimeout.Token)).Status);
        var recheck = new PolicyRequest(Frames.Null("test", "11.0.0.1"), "joe", isRecheck: true);
        Assert.True(recheck.IsRecheck);
        Assert.Equal(AuthenticationStatus.Denied, (await JoeFromTen(recheck, TestTimeout.Token)).Status);

        static ValueTask<AuthenticationResult> JoeFromTen(PolicyRequest request, CancellationToken cancellationToken) =>
            Verdict(request.UserId == "joe" && request.Address.StartsWith("10.", StringComparison.Ordinal)
                ? AuthenticationResult.Success()
                : AuthenticationResult.Denied("not joe at his desk"));
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
    public async Task POLICY_WithoutAStoreToStandOn_IsToldHowToDecideAlone()
    {
        Assert.EndsWith("call ConfigurePlain.", await WhyAsync(Frames.Plain("joe", "secret")), StringComparison.Ordinal);
        Assert.EndsWith("call ConfigureCurve.", await WhyAsync(Frames.Curve(Keys.Client.AsSpan())), StringComparison.Ordinal);

        _authenticator.ConfigurePolicy("*", static (_, _) => Verdict(AuthenticationResult.Success("anybody")));
        const string alone = ", or set PolicyOptions.InsteadOfStores if the policy is to decide alone.";
        Assert.EndsWith("call ConfigurePlain" + alone, await WhyAsync(Frames.Plain("joe", "secret")), StringComparison.Ordinal);
        Assert.EndsWith("call ConfigureCurve" + alone, await WhyAsync(Frames.Curve(Keys.Client.AsSpan())), StringComparison.Ordinal);

        async Task<string> WhyAsync(AuthenticationRequest request) =>
            (await _authenticator.AuthenticateAsync(request, TestTimeout.Token)).Text;
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
        store.Set(certificate);
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

    [Fact]
    public async Task POLICY_ThatAsksAnotherAuthenticator_HandsItsAdmissionOn()
    {
        using var inner = new Authenticator(Searched.Log);
        _authenticator.ConfigurePolicy("*", (request, stop) => inner.AuthenticateAsync(request.Facts, stop));
        var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        Assert.Equal((1, 1), (inner.PeerCount, _authenticator.PeerCount));
        inner.ConfigureNull("*", allow: false);
        await stay.RevokedAsync();
        stay.Dispose();
        Assert.Equal((0, 0), (inner.PeerCount, _authenticator.PeerCount));
    }

    /// <summary>Each answer about a peer that stays lets nobody in: else each recheck would count one more, until a limit of the other one is reached.</summary>
    [Fact]
    public async Task POLICY_ThatAsksAnotherAuthenticator_LeavesNoAdmissionThereWhenItIsRechecked()
    {
        using var inner = new Authenticator(Searched.Log);
        _authenticator.ConfigurePolicy("*", (request, stop) => inner.AuthenticateAsync(request.Facts, stop));
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        for (var i = 0; i < 2; i++) Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.Equal((1, 1), (inner.PeerCount, _authenticator.PeerCount));
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
}
