using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Zmtp.Text;

namespace Zmtp.Mechanisms;

/// <summary>
/// A permanent public key of CURVE (RFC 26): a Curve25519 point of 32 octets, written as 40 characters of Z85 (RFC 32). Immutable;
/// safe on any thread; compared in constant time.
/// </summary>
public sealed class CurvePublicKey : IEquatable<CurvePublicKey>
{
    /// <summary>The length of a key, in octets.</summary>
    public const int Size = 32;

    /// <summary>The length of a key in Z85, in characters.</summary>
    public const int Z85Length = 40;

    // 160 bits: what it takes to find a second key for one fingerprint.
    private const int FingerprintSize = 20;
    private const int FingerprintGroupSize = 2;

    private readonly byte[] _octets;

    /// <summary>Creates a key from its octets.</summary>
    /// <param name="octets">Exactly <see cref="Size"/> octets, not all zero; copied.</param>
    /// <exception cref="ArgumentException">The length is wrong, or all octets are zero.</exception>
    public CurvePublicKey(ReadOnlySpan<byte> octets)
    {
        KeyText.ThrowIfNotAKey(octets, "public", nameof(octets));
        _octets = octets.ToArray();
    }

    /// <summary>Reads a key from Z85.</summary>
    /// <param name="z85">Exactly <see cref="Z85Length"/> characters.</param>
    /// <exception cref="FormatException">The text is not a key; the message says why.</exception>
    public static CurvePublicKey Parse(ReadOnlySpan<char> z85)
    {
        Span<byte> octets = stackalloc byte[Size];
        KeyText.Parse(z85, "public", octets);
        return new CurvePublicKey(octets);
    }

    /// <summary>Reads a key from Z85.</summary>
    /// <param name="z85">The text.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether the text is a key.</returns>
    public static bool TryParse(ReadOnlySpan<char> z85, [NotNullWhen(true)] out CurvePublicKey? key)
    {
        Span<byte> octets = stackalloc byte[Size];
        key = KeyText.TryParse(z85, octets) ? new CurvePublicKey(octets) : null;
        return key is not null;
    }

    /// <summary>The <see cref="Size"/> octets.</summary>
    public ReadOnlySpan<byte> AsSpan() => _octets;

    /// <summary>The <see cref="Size"/> octets.</summary>
    public ReadOnlyMemory<byte> AsMemory() => _octets;

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] CurvePublicKey? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(_octets, other._octets);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as CurvePublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(_octets);

    /// <summary>The key in Z85, <see cref="Z85Length"/> characters.</summary>
    public override string ToString() => Z85.Encode(_octets);

    /// <summary>
    /// The key's fingerprint, short enough to be read over the telephone: the first 20 octets of the SHA-256 of the key's 32, in
    /// upper-case hexadecimal, ten groups of four. Nobody can make another key of the same fingerprint; any tool that computes SHA-256
    /// can check it.
    /// </summary>
    public string ToFingerprint()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_octets, digest);
        var groups = new string[FingerprintSize / FingerprintGroupSize];
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = Convert.ToHexString(digest.Slice(i * FingerprintGroupSize, FingerprintGroupSize));
        }

        return string.Join(' ', groups);
    }

    /// <summary>Whether two keys are the same.</summary>
    public static bool operator ==(CurvePublicKey? left, CurvePublicKey? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two keys differ.</summary>
    public static bool operator !=(CurvePublicKey? left, CurvePublicKey? right) => !(left == right);
}
