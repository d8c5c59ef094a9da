using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>
/// An Argon2id hash (RFC 9106) of a password, which tells whether a password is the right one and cannot be turned back into it. As text
/// it is a PHC string, <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>, and stands in password files in place of the password.
/// Immutable; safe on any thread.
/// </summary>
/// <remarks>
/// What other programs wrote is read when it has one lane (p=1) and a salt of 16 octets, which is all that libsodium computes.
/// Hashing and verifying block the calling thread for as long as the parameters cost; the password stores do it off the handshake's.
/// </remarks>
public sealed class PasswordHash
{
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    internal PasswordHash(PasswordHashParameters parameters, byte[] salt, byte[] hash)
    {
        Parameters = parameters;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>What verifying costs.</summary>
    public PasswordHashParameters Parameters { get; }

    /// <summary>Hashes a password with a new random salt of 16 octets, to 32 octets.</summary>
    /// <param name="password">The octets of the password, as the peer will send them. Zeroing them is up to the caller.</param>
    /// <param name="parameters">What it shall cost; null for <see cref="PasswordHashParameters.Default"/>.</param>
    public static PasswordHash Create(ReadOnlySpan<byte> password, PasswordHashParameters? parameters = null) =>
        Create(password, parameters, Argon2Hasher.Instance);

    /// <summary>Hashes a password; its UTF-8 form is what counts.</summary>
    /// <param name="password">The password. Zeroing it is up to the caller.</param>
    /// <param name="parameters">What it shall cost; null for <see cref="PasswordHashParameters.Default"/>.</param>
    /// <exception cref="ArgumentException">The text has no UTF-8 form: it holds half of a surrogate pair.</exception>
    public static PasswordHash Create(ReadOnlySpan<char> password, PasswordHashParameters? parameters = null)
    {
        using var octets = PasswordText.Encode(password);
        return Create(octets.Span, parameters);
    }

    /// <summary>Reads a PHC string.</summary>
    /// <param name="phc">The text.</param>
    /// <exception cref="FormatException">
    /// The text is not a hash that can be verified here; the message says why and does not quote it.
    /// </exception>
    public static PasswordHash Parse(ReadOnlySpan<char> phc) => PhcText.TryRead(phc, out var problem) ?? throw new FormatException(problem);

    /// <summary>Reads a PHC string.</summary>
    /// <param name="phc">The text.</param>
    /// <param name="hash">The hash.</param>
    /// <returns>Whether the text is a hash that can be verified here.</returns>
    public static bool TryParse(ReadOnlySpan<char> phc, [NotNullWhen(true)] out PasswordHash? hash)
    {
        hash = PhcText.TryRead(phc, out _);
        return hash is not null;
    }

    /// <summary>Whether a password is the one that was hashed. Compared in constant time.</summary>
    /// <param name="password">The octets of the password.</param>
    public bool Verify(ReadOnlySpan<byte> password) => Verify(password, Argon2Hasher.Instance);

    /// <summary>Whether a password is the one that was hashed; its UTF-8 form is what counts.</summary>
    /// <param name="password">The password. Zeroing it is up to the caller.</param>
    /// <exception cref="ArgumentException">The text has no UTF-8 form.</exception>
    public bool Verify(ReadOnlySpan<char> password)
    {
        using var octets = PasswordText.Encode(password);
        return Verify(octets.Span);
    }

    /// <summary>Whether the hash should be made again, at the next moment at which the password is known.</summary>
    /// <param name="parameters">What it shall cost; null for <see cref="PasswordHashParameters.Default"/>.</param>
    /// <returns>Whether it costs anything else, or is not of the length that is made today.</returns>
    public bool NeedsRehash(PasswordHashParameters? parameters = null) =>
        Parameters != (parameters ?? PasswordHashParameters.Default) || _hash.Length != PhcText.HashSize;

    /// <summary>The PHC string. Not for logs: passwords can be tried against it.</summary>
    public string ToPhc() => PhcText.Write(Parameters, _salt, _hash);

    /// <summary>The algorithm and its cost; neither salt nor hash.</summary>
    public override string ToString() => $"Argon2id hash ({Parameters.MemoryKiB} KiB, {Parameters.Passes} passes)";

    internal static PasswordHash Create(ReadOnlySpan<byte> password, PasswordHashParameters? parameters, IPasswordHasher hasher)
    {
        parameters ??= PasswordHashParameters.Default;
        var salt = RandomNumberGenerator.GetBytes(PhcText.SaltSize);
        var hash = new byte[PhcText.HashSize];
        hasher.Derive(parameters, password, salt, hash);
        return new PasswordHash(parameters, salt, hash);
    }

    internal bool Verify(ReadOnlySpan<byte> password, IPasswordHasher hasher)
    {
        Span<byte> computed = stackalloc byte[_hash.Length];
        hasher.Derive(Parameters, password, _salt, computed);
        return CryptographicOperations.FixedTimeEquals(computed, _hash);
    }
}
