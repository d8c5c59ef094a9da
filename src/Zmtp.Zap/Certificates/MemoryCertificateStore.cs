using System.Collections.Concurrent;
using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>A certificate store in memory. Safe on any thread; a change holds for the next handshake.</summary>
public sealed class MemoryCertificateStore : ICertificateStore
{
    private readonly ConcurrentDictionary<CurvePublicKey, CertificateRecord> _records = new();

    /// <summary>How many clients there are.</summary>
    public int Count => _records.Count;

    /// <summary>Adds a client, or replaces what is known of it.</summary>
    /// <param name="certificate">Its certificate; key and metadata are copied, the secret key is not touched.</param>
    public void Add(Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        _records[certificate.PublicKey] = new CertificateRecord(certificate.PublicKey, certificate.Metadata, "memory");
    }

    /// <summary>Adds a client, or replaces what is known of it.</summary>
    /// <param name="publicKey">Its key.</param>
    public void Add(CurvePublicKey publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        _records[publicKey] = new CertificateRecord(publicKey, source: "memory");
    }

    /// <summary>Removes a client. Connections that are up stay up.</summary>
    /// <param name="publicKey">Its key.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(CurvePublicKey publicKey) => _records.TryRemove(publicKey, out _);

    /// <inheritdoc/>
    public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_records.GetValueOrDefault(publicKey));
}
