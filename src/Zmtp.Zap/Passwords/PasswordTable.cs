using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>
/// Names and passwords, of which only keyed digests are kept: all are of one length, so that comparing them takes the same time for
/// every password, and no password stays in memory. The key is random and lives as long as the table. Immutable once built.
/// </summary>
internal sealed class PasswordTable
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly Dictionary<string, byte[]> _digests = new(StringComparer.Ordinal);
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    public int Count => _digests.Count;

    public void Set(string userName, ReadOnlySpan<byte> password) => _digests[userName] = HMACSHA256.HashData(_key, password);

    public bool Verify(string userName, ReadOnlySpan<byte> password)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, password, digest);
        var isKnown = _digests.TryGetValue(userName, out var expected);
        return CryptographicOperations.FixedTimeEquals(digest, expected ?? _nobody) & isKnown;
    }
}
