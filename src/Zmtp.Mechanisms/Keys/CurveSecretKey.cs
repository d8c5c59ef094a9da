using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;
using Zmtp.Mechanisms.Crypto;

namespace Zmtp.Mechanisms;

/// <summary>
/// A permanent secret key of CURVE (RFC 26): 32 octets on a page of memory of its own, which is kept out of swap and core dumps as far as
/// the system lets the process (RLIMIT_MEMLOCK); zeroed on Dispose, never printed, compared in constant time. Reading is safe on any
/// thread.
/// </summary>
public sealed class CurveSecretKey : IDisposable, IEquatable<CurveSecretKey>
{
    /// <summary>The length of a key, in octets.</summary>
    public const int Size = 32;

    /// <summary>The length of a key in Z85, in characters.</summary>
    public const int Z85Length = 40;

    private readonly GuardedBuffer _octets = new(Size);

    /// <summary>Creates a key from its octets.</summary>
    /// <param name="octets">Exactly <see cref="Size"/> octets, not all zero; copied. Zeroing them is up to the caller.</param>
    /// <exception cref="ArgumentException">The length is wrong, or all octets are zero.</exception>
    public CurveSecretKey(ReadOnlySpan<byte> octets)
    {
        KeyText.ThrowIfNotAKey(octets, "secret", nameof(octets));
        octets.CopyTo(_octets.Span);
    }

    /// <summary>Reads a key from Z85.</summary>
    /// <param name="z85">Exactly <see cref="Z85Length"/> characters. Zeroing them is up to the caller.</param>
    /// <exception cref="FormatException">The text is not a key; the message says why and does not quote it.</exception>
    public static CurveSecretKey Parse(ReadOnlySpan<char> z85)
    {
        Span<byte> octets = stackalloc byte[Size];
        try
        {
            KeyText.Parse(z85, "secret", octets);
            return new CurveSecretKey(octets);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>Reads a key from Z85.</summary>
    /// <param name="z85">The text. Zeroing it is up to the caller.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether the text is a key.</returns>
    public static bool TryParse(ReadOnlySpan<char> z85, [NotNullWhen(true)] out CurveSecretKey? key)
    {
        Span<byte> octets = stackalloc byte[Size];
        key = KeyText.TryParse(z85, octets) ? new CurveSecretKey(octets) : null;
        CryptographicOperations.ZeroMemory(octets);
        return key is not null;
    }

    /// <summary>The <see cref="Size"/> octets. Valid until Dispose; copies are the caller's to zero.</summary>
    /// <exception cref="ObjectDisposedException">The key has been disposed of.</exception>
    public ReadOnlySpan<byte> AsSpan()
    {
        ObjectDisposedException.ThrowIf(_octets.IsDisposed, this);
        return _octets.Span;
    }

    /// <summary>Computes the public key that belongs to this key.</summary>
    /// <exception cref="ObjectDisposedException">The key has been disposed of.</exception>
    public CurvePublicKey DerivePublicKey()
    {
        using var key = Key.Import(KeyAgreementAlgorithm.X25519, AsSpan(), KeyBlobFormat.RawPrivateKey);

        // Dispose on another thread may have zeroed the octets in the middle.
        ObjectDisposedException.ThrowIf(_octets.IsDisposed, this);
        return new CurvePublicKey(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>A second key with the same octets, to be disposed of on its own.</summary>
    /// <exception cref="ObjectDisposedException">The key has been disposed of.</exception>
    public CurveSecretKey Clone()
    {
        CurveSecretKey? copy = null;
        try
        {
            copy = new CurveSecretKey(AsSpan());
        }
        catch (ArgumentException) when (_octets.IsDisposed)
        {
            // All zeros: see below.
        }

        // Dispose on another thread may have zeroed the octets in the middle. The look at that is not to come before the copy is made.
        Volatile.ReadBarrier();
        if (copy is not null && !_octets.IsDisposed) return copy;
        copy?.Dispose();
        throw new ObjectDisposedException(nameof(CurveSecretKey));
    }

    /// <summary>Whether the two keys are the same; false once either has been disposed of.</summary>
    /// <param name="other">The other key.</param>
    public bool Equals([NotNullWhen(true)] CurveSecretKey? other)
    {
        if (other is null || _octets.IsDisposed || other._octets.IsDisposed) return false;
        try
        {
            return CryptographicOperations.FixedTimeEquals(_octets.Span, other._octets.Span);
        }
        catch (ObjectDisposedException)
        {
            // By another thread, since we looked.
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as CurveSecretKey);

    /// <summary>The same for all secret keys: a hash would give part of the key away.</summary>
    public override int GetHashCode() => Size;

    /// <summary>Never the key.</summary>
    public override string ToString() => "(secret key)";

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _octets.Dispose();

    /// <summary>Whether two keys are the same, as <see cref="Equals(CurveSecretKey)"/> says: in constant time, and never one that was disposed of.</summary>
    public static bool operator ==(CurveSecretKey? left, CurveSecretKey? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two keys differ, or one of them has been disposed of.</summary>
    public static bool operator !=(CurveSecretKey? left, CurveSecretKey? right) => !(left == right);

    internal bool IsDisposed => _octets.IsDisposed;

    /// <summary>Whether all octets are zero, disposed or not. For tests.</summary>
    internal bool IsZero => _octets.IsZero;

    /// <summary>Where the octets are. For tests.</summary>
    internal nint Address => _octets.Address;
}
