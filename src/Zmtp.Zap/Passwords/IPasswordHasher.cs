using NSec.Cryptography;

namespace Zmtp.Zap;

/// <summary>Computes password hashes. A seam: tests count the computations.</summary>
internal interface IPasswordHasher
{
    void Derive(PasswordHashParameters parameters, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> hash);
}

/// <summary>Argon2id, version 1.3 (RFC 9106), one lane, of libsodium. Stateless.</summary>
internal sealed class Argon2Hasher : IPasswordHasher
{
    public static readonly Argon2Hasher Instance = new();

    public void Derive(PasswordHashParameters parameters, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        var algorithm = new Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1, MemorySize = parameters.MemoryKiB, NumberOfPasses = parameters.Passes,
        });
        algorithm.DeriveBytes(password, salt, hash);
    }
}
