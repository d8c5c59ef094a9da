using System.Security.Cryptography;

namespace Zmtp.Zap;

/// <summary>
/// The random key of one store's digests: what is kept of clear-text passwords, and what tells one entry of a user from the next. Zeroed
/// on Dispose; digests made after that match none that was made before.
/// </summary>
internal sealed class PasswordKey : IDisposable
{
    public const int DigestSize = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key = GC.AllocateArray<byte>(DigestSize, pinned: true);

    public PasswordKey() => RandomNumberGenerator.Fill(_key);

    public void Digest(ReadOnlySpan<byte> password, Span<byte> digest) => HMACSHA256.HashData(_key, password, digest);

    /// <summary>Of a name and what stands for its entry; neither can be computed from it.</summary>
    public string Version(string userName, ReadOnlySpan<byte> entry)
    {
        using var digest = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        digest.AppendData(ZapText.StrictUtf8.GetBytes(userName));

        // An octet that UTF-8 never has ends the name.
        digest.AppendData([0xFF]);
        digest.AppendData(entry);
        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
