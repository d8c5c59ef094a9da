using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Zmtp.Mechanisms;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

/// <summary>
/// A directory of certificates of its own for each test. Most tests run on a clock that stands still, so that nothing is scanned but by
/// Refresh or by moving the clock.
/// </summary>
public abstract class CertificateStoreRig : IDisposable
{
    protected static readonly CurvePublicKey One = Keys.Number(1);
    protected static readonly CurvePublicKey Two = Keys.Number(2);

    private protected TemporaryDirectory Directory { get; } = new();

    protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    private protected ListLogger Logger { get; } = new();

    public void Dispose()
    {
        Directory.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static Task<CertificateRecord?> Find(CertificateStore store, CurvePublicKey key) =>
        store.FindAsync(key, TestTimeout.Token).AsTask();

    protected static Task<CertificateStoreReloadedEventArgs> Reload(CertificateStore store)
    {
        var source = new TaskCompletionSource<CertificateStoreReloadedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Reloaded += OnReloaded;
        return source.Task;

        void OnReloaded(object? sender, CertificateStoreReloadedEventArgs change)
        {
            store.Reloaded -= OnReloaded;
            source.TrySetResult(change);
        }
    }

    protected CertificateStore Open() => CertificateStore.Open(Directory.FullPath, Logger, Time);

    protected IEnumerable<(LogLevel Level, string Path)> Warnings(string path) => Logger.Entries
        .Where(entry => entry.Level == LogLevel.Warning && entry.Text.StartsWith(path, StringComparison.Ordinal))
        .Select(entry => (entry.Level, path));
}
