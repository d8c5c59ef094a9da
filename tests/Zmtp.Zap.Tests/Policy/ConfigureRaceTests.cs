using Microsoft.Extensions.Logging;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>Somebody configures an authenticator while somebody else disposes of it.</summary>
public sealed class ConfigureRaceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task CURVE_DirectoryOpenedWhileTheAuthenticatorIsDisposedOf_IsScannedNoMore()
    {
        using var logger = new DisposingLogger();
        using var authenticator = new Authenticator(logger);
        logger.Authenticator = authenticator;
        _directory.Write("one", Keys.File(Keys.Number(1)));
        Assert.Throws<ObjectDisposedException>(() => authenticator.ConfigureCurve("*", _directory.FullPath));
        Assert.True(await logger.HasSpoken.WaitAsync(TestTimeout.Default));

        // The next scan would find it, and say so.
        _directory.Write("two", Keys.File(Keys.Number(2)));
        Assert.False(await logger.HasSpoken.WaitAsync(1.5 * CertificateStore.ScanInterval));
    }

    /// <summary>A store may look at its disk when it is listened to. Whoever configures it waits for that; nobody else must.</summary>
    [Fact]
    public async Task PLAIN_StoreThatHangsWhenItIsListenedTo_HoldsUpNoOtherChangeAndNoDispose()
    {
        using var store = new HungListening();
        using var authenticator = new Authenticator();
        using var peer = await Stay.BeginAsync(authenticator, Frames.Null(address: "10.0.0.1"));
        var configuring = Task.Run(() => authenticator.ConfigurePlain("*", store));
        Assert.True(await store.IsAsked.WaitAsync(TestTimeout.Default));

        await Task.Run(() => authenticator.Deny("10.0.0.1")).WithinAsync(5);
        await peer.RevokedAsync();
        await Task.Run(authenticator.Dispose).WithinAsync(5);
        store.GoOn();
        await configuring.WithinAsync();
        Assert.Equal(0, store.Listeners);
    }

    /// <summary>That a store is gone, or has come, is another matter than whether a third one can be listened to.</summary>
    [Fact]
    public async Task CURVE_StoreChangesWhileAnotherHangsWhenItIsListenedTo_EndPeersAllTheSame()
    {
        using var hung = new HungListening();
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("gone", new FakeCertificates().With(Keys.Number(1)));
        var next = new FakeCertificates().With(Keys.Number(2));
        using var first = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(1).AsSpan(), "gone"));
        var configuring = Task.Run(() => authenticator.ConfigurePlain("*", hung));
        Assert.True(await hung.IsAsked.WaitAsync(TestTimeout.Default));

        await Blocking.RunAsync(() => authenticator.RemoveCurve("gone")).WithinAsync(5);
        await first.RevokedAsync();
        await Blocking.RunAsync(() => authenticator.ConfigureCurve("*", next)).WithinAsync(5);
        using var second = await Stay.BeginAsync(authenticator, Frames.Curve(Keys.Number(2).AsSpan()));
        next.Remove(Keys.Number(2));
        await second.RevokedAsync();
        Assert.False(configuring.IsCompleted);
        hung.GoOn();
        await configuring.WithinAsync();
        Assert.Equal(1, hung.Listeners);
    }

    [Fact]
    public async Task PLAIN_StoreReplacedWhileItHangsWhenItIsListenedTo_IsNoLongerListenedTo()
    {
        using var hung = new HungListening();
        using var authenticator = new Authenticator();
        var configuring = Task.Run(() => authenticator.ConfigurePlain("*", hung));
        Assert.True(await hung.IsAsked.WaitAsync(TestTimeout.Default));

        // What held before holds again: it is listened to by the second call, of which the end of the first takes nothing away.
        await Blocking.RunAsync(() => authenticator.RemovePlain("*")).WithinAsync(5);
        var again = Blocking.RunAsync(() => authenticator.ConfigurePlain("*", hung));
        Assert.True(await hung.IsAsked.WaitAsync(TestTimeout.Default));
        hung.GoOn();
        await configuring.WithinAsync();
        await again.WithinAsync();
        Assert.Equal(1, hung.Listeners);
        authenticator.RemovePlain("*");
        Assert.Equal(0, hung.Listeners);
    }

    private sealed class HungListening : IVersionedPasswordStore, IDisposable
    {
        private readonly ManualResetEventSlim _goesOn = new();
        private int _listeners;

        public event EventHandler? Changed
        {
            add
            {
                IsAsked.Release();
                _goesOn.Wait(TestTimeout.Default);
                Interlocked.Increment(ref _listeners);
            }

            remove => Interlocked.Decrement(ref _listeners);
        }

        public SemaphoreSlim IsAsked { get; } = new(0);

        public int Listeners => Volatile.Read(ref _listeners);

        public void GoOn() => _goesOn.Set();

        public ValueTask<bool> VerifyAsync(string userName, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) => new(false);

        public ValueTask<string?> FindVersionAsync(string userName, CancellationToken cancellationToken) => new((string?)null);

        public void Dispose()
        {
            _goesOn.Set();
            IsAsked.Dispose();
        }
    }

    /// <summary>The store speaks when it has been opened, and before it has been configured.</summary>
    private sealed class DisposingLogger : ILogger, IDisposable
    {
        public Authenticator? Authenticator { get; set; }

        public SemaphoreSlim HasSpoken { get; } = new(0);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id != 2711) return;
            Authenticator?.Dispose();
            HasSpoken.Release();
        }

        public void Dispose() => HasSpoken.Dispose();
    }
}
