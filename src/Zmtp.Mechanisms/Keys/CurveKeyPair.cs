using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

/// <summary>
/// A permanent key pair of CURVE (RFC 26), of a client or of a server. It owns its secret key and zeroes it on Dispose. Safe on any
/// thread.
/// </summary>
/// <remarks>
/// A <see cref="CurveSecurity"/> refers to the pair that it was given and does not copy it: dispose of the pair after the last socket
/// that uses it. Nothing binds or connects with a pair that was disposed of before. A handshake that meets a disposed pair fails with a
/// <see cref="ZmtpException"/> that says so; connections that are already up are not affected, because they have keys of their own. Where
/// the lifetimes are unrelated, hand over a <see cref="Clone"/>.
/// </remarks>
public sealed class CurveKeyPair : IDisposable
{
    internal const string DisposedMessage =
        "The CURVE key pair of this socket was disposed of while the socket still needed it. " +
        "Dispose of key pairs after the sockets that use them.";

    private readonly CurveSecretKey _secretKey;

    /// <summary>Creates the pair that belongs to a secret key.</summary>
    /// <param name="secretKey">The secret key; copied, and still the caller's to dispose of.</param>
    /// <exception cref="ObjectDisposedException">The secret key has been disposed of.</exception>
    public CurveKeyPair(CurveSecretKey secretKey)
    {
        ArgumentNullException.ThrowIfNull(secretKey);
        PublicKey = secretKey.DerivePublicKey();
        _secretKey = secretKey.Clone();
    }

    /// <summary>Creates a pair from both halves and makes sure that they belong together.</summary>
    /// <param name="publicKey">The public key.</param>
    /// <param name="secretKey">The secret key; copied, and still the caller's to dispose of.</param>
    /// <exception cref="ArgumentException">The two keys do not belong together.</exception>
    /// <exception cref="ObjectDisposedException">The secret key has been disposed of.</exception>
    public CurveKeyPair(CurvePublicKey publicKey, CurveSecretKey secretKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        ArgumentNullException.ThrowIfNull(secretKey);
        if (secretKey.DerivePublicKey() != publicKey)
        {
            throw new ArgumentException(
                $"The public key with the fingerprint {publicKey.ToFingerprint()} does not belong to the secret key. Check that both are from " +
                "the same certificate, and that the public one is not the secret one again.",
                nameof(publicKey));
        }

        PublicKey = publicKey;
        _secretKey = secretKey.Clone();
    }

    /// <summary>Makes a new pair from the system's randomness.</summary>
    public static CurveKeyPair Generate()
    {
        Span<byte> octets = stackalloc byte[CurveSecretKey.Size];
        try
        {
            SystemRandomSource.Instance.Fill(octets);
            using var secretKey = new CurveSecretKey(octets);
            return new CurveKeyPair(secretKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>The public key. Stays readable after Dispose.</summary>
    public CurvePublicKey PublicKey { get; }

    /// <summary>The secret key. Owned by the pair: do not dispose of it, and do not use it after the pair's Dispose.</summary>
    public CurveSecretKey SecretKey => _secretKey;

    /// <summary>A second pair with the same keys, to be disposed of on its own.</summary>
    /// <exception cref="ObjectDisposedException">The pair has been disposed of.</exception>
    public CurveKeyPair Clone() => new(PublicKey, _secretKey);

    /// <summary>The public key; never the secret one.</summary>
    public override string ToString() => $"{PublicKey} (with its secret key)";

    /// <summary>Zeroes the secret key.</summary>
    public void Dispose() => _secretKey.Dispose();

    internal bool IsDisposed => _secretKey.IsDisposed;

    /// <summary>Precomputes the key that this pair shares with the owner of <paramref name="publicKey"/>.</summary>
    /// <returns>False when the public key is a point of low order.</returns>
    /// <exception cref="ZmtpException">The pair has been disposed of.</exception>
    internal bool TryAgree(ReadOnlySpan<byte> publicKey, Span<byte> sharedKey)
    {
        try
        {
            var agreed = NaCl.TryAgree(publicKey, _secretKey.AsSpan(), sharedKey);

            // Dispose on another thread may have zeroed the key in the middle; what came out is then not to be used.
            _ = _secretKey.AsSpan();
            return agreed;
        }
        catch (ObjectDisposedException e)
        {
            CryptographicOperations.ZeroMemory(sharedKey);
            throw Disposed(e);
        }
    }

    /// <summary>The error of a use of a pair that was disposed of.</summary>
    internal static ZmtpException Disposed(ObjectDisposedException cause) =>
        new(
            DisposedMessage,
            FaultOrigin.Caller,
            mayRetry: false,
            cause);
}
