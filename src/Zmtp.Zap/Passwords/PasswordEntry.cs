using System.Security.Cryptography;
using System.Text;

namespace Zmtp.Zap;

/// <summary>
/// What is kept of one user: a keyed digest of a clear-text password, or a hash. All digests are of one length, so that comparing takes
/// the same time for every password, and no password stays in memory. Immutable.
/// </summary>
internal sealed class PasswordEntry
{
    private readonly byte[] _digest;

    private PasswordEntry(byte[] digest, PasswordHash? hash)
    {
        _digest = digest;
        Hash = hash;
    }

    /// <summary>Null for an entry in clear text.</summary>
    public PasswordHash? Hash { get; }

    /// <summary>The keyed digest of the password, or the hash's text.</summary>
    public ReadOnlySpan<byte> Octets => _digest;

    public static PasswordEntry OfClearText(ReadOnlySpan<byte> password, PasswordKey key)
    {
        var digest = new byte[PasswordKey.DigestSize];
        key.Digest(password, digest);
        return new PasswordEntry(digest, null);
    }

    public static PasswordEntry OfHash(PasswordHash hash) => new(Encoding.ASCII.GetBytes(hash.ToPhc()), hash);

    public bool SaysTheSameAs(PasswordEntry other) => CryptographicOperations.FixedTimeEquals(_digest, other._digest);
}
