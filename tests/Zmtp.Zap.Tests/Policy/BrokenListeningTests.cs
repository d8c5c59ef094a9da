using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>A store of the application's own may throw when it is listened to, or no longer is: after it was disposed of.</summary>
public sealed class BrokenListeningTests : IDisposable
{
    private readonly ListLogger _logger = new();
    private readonly Authenticator _authenticator;

    public BrokenListeningTests() => _authenticator = new Authenticator(_logger);

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task PLAIN_StoreThatThrowsWhenItIsReplaced_ItsSuccessorIsListenedTo()
    {
        _authenticator.ConfigurePlain("*", new BrokenListening { ThrowsOnRemove = true });
        var next = new FakePasswords().With("joe", "one");
        _authenticator.ConfigurePlain("*", next);
        Assert.True(HasSaid(LogLevel.Warning));
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        next.Remove("joe");
        await joe.RevokedAsync();
    }

    [Fact]
    public async Task PLAIN_StoreThatCannotBeListenedTo_IsInForceAndTheLogSaysThatItEndsNobody()
    {
        _authenticator.ConfigurePlain("*", new FakePasswords().With("joe", "one"));
        var certificates = new FakeCertificates().With(Keys.Number(1));
        using var joe = await Stay.BeginAsync(_authenticator, Frames.Plain("joe", "one"));
        var broken = new BrokenListening { ThrowsOnAdd = true };
        _authenticator.ConfigurePlain("*", broken);
        Assert.True(HasSaid(LogLevel.Error));
        await joe.RevokedAsync();

        // The stores beside it are listened to, and it is tried again with the next change.
        _authenticator.ConfigureCurve("*", certificates);
        Assert.True(certificates.IsWatched);
        Assert.Equal(0, broken.Listeners);
        broken.ThrowsOnAdd = false;
        _authenticator.ConfigurePlain("*", broken);
        Assert.Equal(1, broken.Listeners);
    }

    [Fact]
    public void DISPOSE_StoreThatThrows_TheOthersAreNoLongerListenedTo()
    {
        var certificates = new FakeCertificates();
        _authenticator.ConfigurePlain("*", new BrokenListening { ThrowsOnRemove = true });
        _authenticator.ConfigureCurve("*", certificates);
        Assert.True(certificates.IsWatched);
        _authenticator.Dispose();
        Assert.False(certificates.IsWatched);
    }

    private bool HasSaid(LogLevel level) => _logger.Entries.Any(
        entry => entry.Level == level && entry.Text.Contains(nameof(BrokenListening), StringComparison.Ordinal));

    private sealed class BrokenListening : IVersionedPasswordStore
    {
        public event EventHandler? Changed
        {
            add
            {
                ObjectDisposedException.ThrowIf(ThrowsOnAdd, this);
                Listeners++;
            }

            remove
            {
                ObjectDisposedException.ThrowIf(ThrowsOnRemove, this);
                Listeners--;
            }
        }

        public bool ThrowsOnAdd { get; set; }

        public bool ThrowsOnRemove { get; set; }

        public int Listeners { get; private set; }

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) => new(false);

        public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken) => new((string?)null);
    }
}
