using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>How many calls of an authenticator of the application's are on threads at once, and who comes next.</summary>
[Collection(AloneCollection.Name)]
public sealed class AuthenticatorTurnsTests : IDisposable
{
    private readonly BlocksUntilReleased _blocking = new();
    private readonly CancellationTokenSource _gone = new();

    public void Dispose()
    {
        _blocking.Dispose();
        _gone.Dispose();
    }

    [Fact]
    public async Task TURNS_AuthenticatorThatAwaits_HasAsManyQuestionsAsItIsAsked()
    {
        var awaiting = new Mute();
        var guarded = Guarded(awaiting);
        var count = 10 * AuthenticatorTurns.MaxAtOnce;

        var asked = Enumerable.Range(0, count).Select(_ => Ask(guarded)).ToArray();

        Assert.Equal(count, awaiting.Now);
        awaiting.Verdict = AuthenticationResult.Success();
        awaiting.Answer();
        await Task.WhenAll(asked).WithinAsync();
    }

    [Fact]
    public async Task TURNS_AllAreTaken_AnotherAuthenticatorIsAskedAllTheSame()
    {
        var running = await BlockAsync(Guarded(_blocking));
        Assert.Equal(AuthenticationStatus.Success, (await Ask(Guarded(FixedVerdict.Success)).WithinAsync()).Status);
        await ReleaseAsync(running);
    }

    [Fact]
    public async Task TURNS_OneAuthenticatorIsAskedFromTwoContexts_TheyAreTheSame()
    {
        var running = await BlockAsync(Guarded(_blocking));
        var late = Ask(Guarded(_blocking));
        Assert.False(late.IsCompleted);
        await ReleaseAsync(running);
        await late.WithinAsync();
        Assert.Equal(AuthenticatorTurns.MaxAtOnce, _blocking.Most);
    }

    [Fact]
    public async Task TURNS_NobodyWaitsForTheAnswerAnyMore_IsNotAskedAndTakesNoTurn()
    {
        var guarded = Guarded(_blocking);
        var running = await BlockAsync(guarded);
        var gone = Enumerable.Range(0, 2 * AuthenticatorTurns.MaxAtOnce).Select(_ => Ask(guarded, "192.0.2.9", _gone.Token)).ToArray();
        var stays = Ask(guarded, "192.0.2.1");

        await _gone.CancelAsync();

        foreach (var one in gone) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.WithinAsync());
        Assert.False(stays.IsCompleted);
        await ReleaseAsync(running);
        await stays.WithinAsync();
        Assert.DoesNotContain("192.0.2.9", _blocking.Addresses);
        await Task.WhenAll(Enumerable.Range(0, AuthenticatorTurns.MaxAtOnce).Select(_ => Ask(guarded))).WithinAsync();
    }

    [Fact]
    public async Task TURNS_ManyOfOneAddressWait_AnotherAddressIsNext()
    {
        var guarded = Guarded(_blocking);
        var running = await BlockAsync(guarded);
        var crowd = Enumerable.Range(0, 10 * AuthenticatorTurns.MaxAtOnce).Select(_ => Ask(guarded, "192.0.2.9")).ToArray();
        var good = Ask(guarded, "192.0.2.1");

        await ReleaseAsync(running);

        await Task.WhenAll([.. crowd, good]).WithinAsync();

        // Its turn is the second that is given on; so many may begin at once, in any order.
        Assert.Contains("192.0.2.1", _blocking.Addresses.Take((2 * AuthenticatorTurns.MaxAtOnce) + 2));
    }

    [Fact]
    public async Task TURNS_AuthenticatorThrowsAtOnce_TheyAreGivenBack()
    {
        var guarded = Guarded(new Throwing());
        for (var i = 0; i < 2 * AuthenticatorTurns.MaxAtOnce; i++) await Assert.ThrowsAsync<InvalidOperationException>(() => Ask(guarded).WithinAsync());
    }

    private static GuardedAuthenticator Guarded(IAuthenticator authenticator) => new(authenticator, NullLogger.Instance);

    private static Task<AuthenticationResult> Ask(
        GuardedAuthenticator guarded, string address = "192.0.2.5", CancellationToken cancellationToken = default) =>
        guarded.AuthenticateAsync(new AuthenticationRequest("test", address, default, "NULL", []), cancellationToken).AsTask();

    private async Task<Task[]> BlockAsync(GuardedAuthenticator guarded)
    {
        Task[] running = [.. Enumerable.Range(0, AuthenticatorTurns.MaxAtOnce).Select(_ => Task.Run(() => Ask(guarded)))];
        await _blocking.HasBlocked(AuthenticatorTurns.MaxAtOnce).WithinAsync();
        return running;
    }

    private Task ReleaseAsync(Task[] running)
    {
        _blocking.Release();
        return Task.WhenAll(running).WithinAsync();
    }

    private sealed class Throwing : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("It has no idea.");
    }
}
