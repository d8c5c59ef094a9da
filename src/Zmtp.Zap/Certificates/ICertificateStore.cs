using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>Knows the clients that may come in by their public keys. Implementations must be safe for concurrent calls.</summary>
public interface ICertificateStore
{
    /// <summary>Finds a client.</summary>
    /// <param name="publicKey">The key that it has proved to own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its record, or null when it may not come in. An exception refuses it, too, with status 500.</returns>
    ValueTask<CertificateRecord?> FindAsync(CurvePublicKey publicKey, CancellationToken cancellationToken = default);
}
