using Microsoft.Extensions.Logging;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Want of memory costs one peer its verdict; nothing that is counted stays counted by it.</summary>
public sealed class ScarcityTests
{
    [Fact]
    public async Task QUEUE_NoMemoryToRunACheck_ItsPlaceIsFreeAgain()
    {
        var isScarce = true;
        var queue = NewQueue(() => isScarce ? throw new InsufficientMemoryException() : new CancellationTokenSource());
        await Assert.ThrowsAsync<InsufficientMemoryException>(() => RunAsync(queue));
        isScarce = false;

        var outcome = await RunAsync(queue);

        Assert.Null(outcome.NotNow);
        Assert.Equal(7, outcome.Value);
    }

    [Fact]
    public async Task QUEUE_ACheckIsNotMade_TheCredentialsForItAreZeroedAllTheSame()
    {
        var queue = NewQueue(static () => throw new InsufficientMemoryException());
        var held = new HeldCredentials(Frames.Plain("joe", "secret"));
        var isMade = false;

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => held.RunAsync(
            queue,
            (_, _) =>
            {
                isMade = true;
                return ValueTask.FromResult(7);
            },
            isPatient: false,
            TestTimeout.Token).AsTask().WithinAsync());

        Assert.False(isMade);
        Assert.All(held.Facts.Credentials, static credential => Assert.False(credential.Span.ContainsAnyExcept((byte)0)));
    }

    [Fact]
    public async Task AUTHENTICATOR_NoMemoryToTellOfAPeerThatIsLetIn_ItIsRefusedAndNotCounted()
    {
        using var authenticator = new Authenticator(new ScarceLogger("let in as"));

        var result = await authenticator.AuthenticateAsync(Frames.Null("a"), TestTimeout.Token).WithinAsync();

        Assert.Equal(AuthenticationStatus.InternalError, result.Status);
        Assert.Equal(0, authenticator.PeerCount);
    }

    [Fact]
    public async Task AUTHENTICATOR_NoMemoryToTellOfAPeerThatAnotherOneLetsIn_NeitherCountsIt()
    {
        using var inner = new Authenticator(new ListLogger());
        using var authenticator = new Authenticator(new ScarceLogger("let in as"));
        authenticator.ConfigurePolicy("*", (request, stop) => inner.AuthenticateAsync(request.Facts, stop));

        var result = await authenticator.AuthenticateAsync(Frames.Null("a"), TestTimeout.Token).WithinAsync();

        Assert.Equal(AuthenticationStatus.InternalError, result.Status);
        Assert.Equal(0, authenticator.PeerCount);
        Assert.Equal(0, inner.PeerCount);
    }

    private static CheckQueue NewQueue(Func<CancellationTokenSource> giveUps) => new(
        "The policy",
        new CheckLimits { MaxAtOnce = 1, MaxWaiting = 0 },
        TimeProvider.System,
        new AuthenticatorLog(new ListLogger(), TimeProvider.System))
    {
        GiveUps = giveUps,
    };

    private static Task<CheckOutcome<int>> RunAsync(CheckQueue queue) =>
        queue.RunAsync(static _ => ValueTask.FromResult(7), "10.0.0.1", TestTimeout.Token).AsTask().WithinAsync();

    /// <summary>Has no memory for the lines with a text.</summary>
    private sealed class ScarceLogger(string text) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(text, StringComparison.Ordinal)) throw new InsufficientMemoryException();
        }
    }
}
