using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>What a policy of the application says of those who are connected.</summary>
public sealed class RecheckPolicyTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly Authenticator _authenticator;

    public RecheckPolicyTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = new FakeTimeProvider() }, _logger);

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task RECHECK_Policies_AreAskedByHandOnlyAndWithoutThePassword()
    {
        var isOpen = true;
        var rechecks = new List<string[]>();
        _authenticator.ConfigurePlain("*", new FakePasswords().With("joe", "secret"));
        _authenticator.ConfigurePolicy("*", (request, _) =>
        {
            if (request.IsRecheck) rechecks.Add([request.UserId, .. Frames.Text(request.Facts.Credentials)]);
            var isIn = Volatile.Read(ref isOpen);
            return ValueTask.FromResult(isIn ? AuthenticationResult.Success("number 7") : AuthenticationResult.Denied("closed"));
        });
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "secret"));
        Assert.Equal("number 7", stay.Result.UserId);
        Volatile.Write(ref isOpen, false);
        _authenticator.Deny("10.0.0.9");
        await _authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);
        Assert.Empty(rechecks);

        Assert.Equal(1, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.Contains("closed", await stay.RevokedAsync(), StringComparison.Ordinal);
        Assert.Equal(["joe", "joe"], Assert.Single(rechecks));
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task RECHECK_PolicyThatCannotDecide_KeepsThePeer(int status)
    {
        var isBroken = false;
        _authenticator.ConfigurePolicy("*", (_, _) => (isBroken, status) switch
        {
            (false, _) => ValueTask.FromResult(AuthenticationResult.Success()),
            (_, 300) => ValueTask.FromResult(AuthenticationResult.TemporaryError("later")),
            (_, 500) => ValueTask.FromResult(AuthenticationResult.InternalError("broken")),
            _ => throw new IOException("no answer"),
        });
        using var stay = await Stay.BeginAsync(_authenticator, Frames.Null());
        isBroken = true;
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        Assert.False(stay.IsRevoked);
        Assert.Contains(_logger.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task RECHECK_PolicyThatCheckedPasswordsIsReplaced_EndsPlainAndKeepsCurve()
    {
        var options = new PolicyOptions { InsteadOfStores = true };
        _authenticator.ConfigurePolicy("*", static (_, _) => ValueTask.FromResult(AuthenticationResult.Success()), options);
        using var plain = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "secret"));
        using var curve = await Stay.BeginAsync(_authenticator, Frames.Curve(Keys.Client.AsSpan()));
        _authenticator.ConfigurePolicy("*", static (_, _) => ValueTask.FromResult(AuthenticationResult.Success()), options);
        await plain.RevokedAsync();
        await _authenticator.SettledAsync().WithinAsync();
        Assert.False(curve.IsRevoked);
        _authenticator.RemovePolicy("*");
        await curve.RevokedAsync();
    }

    [Fact]
    public async Task RECHECK_ByHandWhileAPolicyLetsSomebodyIn_ThePolicyIsAskedOnceMore()
    {
        using var isAsked = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOpen = true;
        _authenticator.ConfigurePolicy("*", async (_, _) =>
        {
            var isIn = Volatile.Read(ref isOpen);
            isAsked.Release();
            await answer.Task;
            return isIn ? AuthenticationResult.Success("joe") : AuthenticationResult.Denied("closed");
        });
        var verdict = _authenticator.AuthenticateAsync(Frames.Null("a"), TestTimeout.Token).AsTask();
        Assert.True(await isAsked.WaitAsync(TestTimeout.Default));
        Volatile.Write(ref isOpen, false);
        Assert.Equal(0, await _authenticator.RecheckAsync(TestTimeout.Token).WithinAsync());
        answer.SetResult();
        Assert.Equal(AuthenticationStatus.Denied, (await verdict.WithinAsync()).Status);
        Assert.Equal(0, _authenticator.PeerCount);
    }
}
