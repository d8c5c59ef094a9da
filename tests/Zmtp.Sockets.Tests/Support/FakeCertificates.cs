using System.Collections.Concurrent;
using Zmtp.Mechanisms;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>A certificate store of the application's own, which says when it changes.</summary>
internal sealed class FakeCertificates : ICertificateStore, IChangingStore
{
    private readonly ConcurrentDictionary<CurvePublicKey, CertificateRecord> _records = new();

    public event EventHandler? Changed;

    public FakeCertificates With(CurvePublicKey key, params (string Name, string Value)[] metadata)
    {
        _records[key] = new CertificateRecord(key, metadata.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        Changed?.Invoke(this, EventArgs.Empty);
        return this;
    }

    public void Remove(CurvePublicKey key)
    {
        _records.TryRemove(key, out _);
        Changed?.Invoke(this, EventArgs.Empty);
    }

    public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken) =>
        new(_records.GetValueOrDefault(publicKey));
}
