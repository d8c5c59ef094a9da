using Xunit;
using Zmtp.Mechanisms.Crypto;

namespace Zmtp.Mechanisms.Tests;

public sealed class ScalarCipherTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        new VectorCipher(new Salsa20Scalar(), key, prefix);
}

public sealed class WidestVectorCipherTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        new VectorCipher(Salsa20.Widest, key, prefix);
}

/// <summary>The second widest of this machine, or the widest where there is no other.</summary>
public sealed class SecondVectorCipherTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        new VectorCipher(Salsa20.Supported[^Math.Max(1, Salsa20.Supported.Count - 1)], key, prefix);
}

public sealed class ThirdVectorCipherTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        new VectorCipher(Salsa20.Supported[^Math.Max(1, Salsa20.Supported.Count - 2)], key, prefix);
}

/// <summary>
/// As on machines without AVX-512 the MAC of long messages is libsodium's. All else of what these run is tested where ./test.sh switches AVX-512 off.
/// </summary>
public sealed class VectorCipherWithoutVectorMacTests : MessageCipherContract
{
    private protected override MessageCipher Create(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        new VectorCipher(Salsa20.Supported[^Math.Max(1, Salsa20.Supported.Count - 1)], key, prefix, mayVectorMac: false);
}
