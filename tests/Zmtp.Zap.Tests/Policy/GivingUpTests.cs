using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A store or policy may do anything when it is told to give up. Whoever tells it, a timer most of all, must not hear of it.</summary>
public sealed class GivingUpTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Authenticator _authenticator;

    public GivingUpTests() => _authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);

    public void Dispose() => _authenticator.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CHECK_CallbackThrowsWhenItsTimeIsOver_Is300AndTheClockGoesOn(bool isStore)
    {
        if (isStore) _authenticator.ConfigurePlain("*", new Stubborn(this));
        else _authenticator.ConfigurePolicy("*", (_, stop) => NeverAsync<AuthenticationResult>(stop));
        var request = isStore ? Frames.Plain("joe", "one") : Frames.Null();
        var answer = _authenticator.AuthenticateAsync(request, TestTimeout.Token).AsTask();
        await _asked.Task.WithinAsync();

        _time.Advance(new CheckLimits().TimeLimit);

        Assert.Equal(AuthenticationStatus.TemporaryError, (await answer.WithinAsync()).Status);
        ExpectTold();
    }

    [Fact]
    public async Task CHECK_CallbackThrowsWhenTheCallerGivesUp_TheCallerDoesNotHearOfIt()
    {
        using var giveUp = new CancellationTokenSource();
        _authenticator.ConfigurePlain("*", new Stubborn(this));
        var answer = _authenticator.AuthenticateAsync(Frames.Plain("joe", "one"), giveUp.Token).AsTask();
        await _asked.Task.WithinAsync();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.WithinAsync());
        ExpectTold();
    }

    private void ExpectTold()
    {
        Assert.True(SpinWait.SpinUntil(() => _logger.Entries.Count(IsTold) == 1, TestTimeout.Default));

        static bool IsTold((LogLevel Level, string Text) entry) =>
            entry.Level == LogLevel.Error && entry.Text.Contains("It will not give up.", StringComparison.Ordinal);
    }

    private ValueTask<T> NeverAsync<T>(CancellationToken stop)
    {
        stop.Register(static () => throw new InvalidOperationException("It will not give up."));
        _asked.SetResult();
        return new(new TaskCompletionSource<T>().Task);
    }

    private sealed class Stubborn(GivingUpTests test) : IPasswordStore
    {
        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
            test.NeverAsync<bool>(cancellationToken);
    }
}
