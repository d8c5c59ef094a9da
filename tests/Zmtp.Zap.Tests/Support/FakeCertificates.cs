using System.Collections.Concurrent;
using Zmtp.Mechanisms;

namespace Zmtp.Zap.Tests;

/// <summary>A certificate store of the application's own, which says when it changes and fails or waits as the test wants.</summary>
internal sealed class FakeCertificates : ICertificateStore, IChangingStore
{
    private readonly ConcurrentDictionary<CurvePublicKey, CertificateRecord> _records = new();
    private int _asked;

    public event EventHandler? Changed;

    /// <summary>Throws on every look-up.</summary>
    public volatile Exception? Failure;

    /// <summary>Every look-up waits for it.</summary>
    public volatile Task Gate = Task.CompletedTask;

    /// <summary>The look-ups of these keys are never answered; they end when they are given up.</summary>
    public volatile IReadOnlySet<CurvePublicKey>? Hung;

    /// <summary>Called in every look-up, before it is answered.</summary>
    public volatile Action? OnAsked;

    public int Asked => Volatile.Read(ref _asked);

    public bool IsWatched => Changed is not null;

    public FakeCertificates With(params CurvePublicKey[] keys)
    {
        foreach (var key in keys) _records[key] = new CertificateRecord(key);
        return this;
    }

    public void Remove(params CurvePublicKey[] keys)
    {
        foreach (var key in keys) _records.TryRemove(key, out _);
        Raise();
    }

    public void Raise() => Changed?.Invoke(this, EventArgs.Empty);

    public async ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        var record = _records.GetValueOrDefault(publicKey);
        OnAsked?.Invoke();
        await Gate.WaitAsync(cancellationToken);
        if (Hung?.Contains(publicKey) == true) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        if (Failure is { } failure) throw failure;
        return record;
    }
}
