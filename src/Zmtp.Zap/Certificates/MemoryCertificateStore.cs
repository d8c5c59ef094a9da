using System.Collections.Concurrent;
using Zmtp.Mechanisms;
using Zmtp.Wire;

namespace Zmtp.Zap;

/// <summary>A certificate store in memory. Safe on any thread; a change holds for the next handshake.</summary>
public sealed class MemoryCertificateStore : ICertificateStore, IChangingStore
{
    private const string Source = "memory";

    private readonly ConcurrentDictionary<CurvePublicKey, CertificateRecord> _records = new();

    /// <summary>
    /// A client was added, changed or removed; raised on the thread that did it, after it is in force. What a handler throws comes out of
    /// the call that made the change, after all handlers were called.
    /// </summary>
    public event EventHandler? Changed;

    /// <summary>How many clients there are.</summary>
    public int Count => _records.Count;

    /// <summary>The keys of the clients, in no order; a copy.</summary>
    public IReadOnlyList<CurvePublicKey> PublicKeys => [.. _records.Keys];

    /// <summary>Adds a client, or replaces what is known of it.</summary>
    /// <param name="certificate">Its certificate; key and metadata are copied, the secret key is not touched.</param>
    /// <exception cref="ArgumentException">
    /// Its metadata have more than <see cref="MetadataCodec.MaxProperties"/> names that can be attached to a peer (see
    /// <see cref="ZapMetadata.FromCertificate"/>): nobody could come in by it.
    /// </exception>
    public void Set(Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (ZapMetadata.WhyTooMany(certificate.Metadata) is { } why) throw new ArgumentException(why, nameof(certificate));
        SetRecord(new CertificateRecord(certificate.PublicKey, certificate.Metadata, Source));
    }

    /// <summary>Adds a client, or replaces what is known of it.</summary>
    /// <param name="publicKey">Its key.</param>
    public void Set(CurvePublicKey publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        SetRecord(new CertificateRecord(publicKey, source: Source));
    }

    /// <summary>Removes a client. Whether its connections end is up to the authenticator, which hears of it.</summary>
    /// <param name="publicKey">Its key.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(CurvePublicKey publicKey)
    {
        if (!_records.TryRemove(publicKey, out _)) return false;
        Handlers.CallAll(Changed, this);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_records.GetValueOrDefault(publicKey));

    private void SetRecord(CertificateRecord record)
    {
        _records[record.PublicKey] = record;
        Handlers.CallAll(Changed, this);
    }
}
