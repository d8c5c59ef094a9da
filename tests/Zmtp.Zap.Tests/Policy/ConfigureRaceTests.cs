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
