using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>What a store knows of a client that may come in. Immutable; safe on any thread.</summary>
public sealed class CertificateRecord
{
    /// <summary>Creates a record.</summary>
    /// <param name="publicKey">The client's permanent public key.</param>
    /// <param name="metadata">Names and values about the client; copied.</param>
    /// <param name="source">Where it comes from, for logs: a path, for example.</param>
    public CertificateRecord(CurvePublicKey publicKey, IEnumerable<KeyValuePair<string, string>>? metadata = null, string source = "")
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        ArgumentNullException.ThrowIfNull(source);
        PublicKey = publicKey;
        Metadata = metadata is null ? [] : [.. metadata];
        Source = source;
    }

    /// <summary>The client's permanent public key.</summary>
    public CurvePublicKey PublicKey { get; }

    /// <summary>Names and values about the client, in the order of the certificate.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; }

    /// <summary>Where the record comes from.</summary>
    public string Source { get; }

    /// <summary>The key and where it comes from.</summary>
    public override string ToString() => $"{PublicKey} ({Source})";
}
