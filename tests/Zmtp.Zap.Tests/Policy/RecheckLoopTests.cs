using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A store may do anything when it is told to give up. The end of whoever tells it must be complete all the same.</summary>
public sealed class RecheckLoopTests
{
    private readonly ListLogger _logger = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task LOOP_CallbackThrowsWhenItIsStopped_IsDisposedOfAllTheSame()
    {
        var begun = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource<RecheckPass>();
        var loop = new RecheckLoop(
            stop =>
            {
                stop.Register(static () => throw new InvalidOperationException("It will not give up."));
                begun.SetResult(stop);
                return end.Task;
            },
            new AuthenticatorLog(_logger, TimeProvider.System),
            TimeSpan.FromSeconds(1),
            _time);
        loop.Want();
        var stop = await begun.Task.WithinAsync();

        loop.Dispose();

        Assert.True(stop.IsCancellationRequested);
        Assert.Throws<ObjectDisposedException>(() => stop.WaitHandle);
        ExpectTold();
        end.SetResult(new RecheckPass());
        await loop.SettledAsync().WithinAsync();
    }

    [Fact]
    public async Task LOOP_PassThrows_IsToldAndMadeAgain()
    {
        var made = 0;
        using var loop = new RecheckLoop(
            _ => ++made == 1 ? throw new InvalidOperationException("It will not give up.") : Task.FromResult(new RecheckPass()),
            new AuthenticatorLog(_logger, TimeProvider.System),
            TimeSpan.FromSeconds(1),
            _time);
        loop.Want();
        await loop.SettledAsync().WithinAsync();
        ExpectTold();

        _time.Advance(TimeSpan.FromSeconds(1));
        await loop.SettledAsync().WithinAsync();

        Assert.Equal(2, made);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LOOP_PoolHadNoMemoryOnce_PassIsMadeAfterTheIntervalOrWhenOneIsWantedAgain(bool isWantedAgain)
    {
        var made = 0;
        var isScarce = true;
        using var loop = new RecheckLoop(
            _ =>
            {
                made++;
                return Task.FromResult(new RecheckPass());
            },
            new AuthenticatorLog(_logger, TimeProvider.System),
            TimeSpan.FromSeconds(1),
            _time,
            passes => isScarce ? throw new InsufficientMemoryException() : Task.Run(passes));
        loop.Want();
        isScarce = false;

        if (isWantedAgain) loop.Want();
        else _time.Advance(TimeSpan.FromSeconds(1));
        await loop.SettledAsync().WithinAsync();

        Assert.Equal(1, made);
    }

    [Fact]
    public async Task AUTHENTICATOR_StoreThrowsWhenItIsToldToGiveUp_DisposeDoesNotAndItIsLogged()
    {
        var store = new WillNotGiveUp();
        using var authenticator = new Authenticator(new AuthenticatorOptions { Time = _time }, _logger);
        authenticator.ConfigurePlain("*", store);
        using var stay = await Stay.BeginAsync(authenticator, Frames.Plain("joe", "one"));
        store.IsStubborn = true;
        authenticator.Deny("10.0.0.9");
        await store.IsAsked.WithinAsync();

        authenticator.Dispose();

        ExpectTold();
        Assert.False(stay.IsRevoked);
        store.Answer();
        await authenticator.SettledAsync().WithinAsync();
        Assert.False(stay.IsRevoked);
    }

    private void ExpectTold()
    {
        // What a queue stands before is told on the pool.
        Assert.True(SpinWait.SpinUntil(() => _logger.Entries.Any(static entry => entry.Level >= LogLevel.Warning), TestTimeout.Default));
        var line = Assert.Single(_logger.Entries, static entry => entry.Level >= LogLevel.Warning);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains("It will not give up.", line.Text, StringComparison.Ordinal);
    }

    private sealed class WillNotGiveUp : IVersionedPasswordStore
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<string?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public event EventHandler? Changed
        {
            add { }
            remove { }
        }

        public volatile bool IsStubborn;

        public Task IsAsked => _asked.Task;

        public void Answer() => _answer.SetResult("1");

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) => new(true);

        public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken)
        {
            if (!IsStubborn) return new("1");
            cancellationToken.Register(static () => throw new InvalidOperationException("It will not give up."));
            _asked.TrySetResult();
            return new(_answer.Task);
        }
    }
}
