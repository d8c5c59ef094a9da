using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>
/// One check of a password, for a user who is there or for nobody: either way it computes the same, so that the time it takes does not
/// tell which names there are. That is one keyed digest, and one hash for each set of parameters that any entry of the table has.
/// </summary>
internal sealed class PasswordCheck(
    PasswordEntry? entry, IReadOnlyList<PasswordHashParameters> costs, PasswordKey key, IPasswordHasher hasher)
{
    private static readonly byte[] Nobody = RandomNumberGenerator.GetBytes(PasswordKey.DigestSize);

    /// <summary>Whether hashes are to be computed, so that it takes milliseconds and not microseconds.</summary>
    public bool IsCostly => costs.Count > 0;

    public bool Run(ReadOnlySpan<byte> password)
    {
        var clearText = entry is { Hash: null } ? entry.Octets : Nobody;
        Span<byte> digest = stackalloc byte[PasswordKey.DigestSize];
        key.Digest(password, digest);
        var isGood = CryptographicOperations.FixedTimeEquals(digest, clearText) & entry is { Hash: null };
        foreach (var parameters in costs)
        {
            if (entry?.Hash is { } hash && hash.Parameters == parameters) isGood |= hash.Verify(password, hasher);
            else ComputeForNothing(parameters, password);
        }

        return isGood;
    }

    private void ComputeForNothing(PasswordHashParameters parameters, ReadOnlySpan<byte> password)
    {
        Span<byte> hash = stackalloc byte[PhcText.HashSize];
        hasher.Derive(parameters, password, Nobody.AsSpan(0, PhcText.SaltSize), hash);
        _ = CryptographicOperations.FixedTimeEquals(hash, Nobody);
    }
}
