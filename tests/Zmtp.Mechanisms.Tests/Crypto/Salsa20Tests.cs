using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Xunit;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms.Tests;

public sealed class Salsa20Tests
{
    private static readonly byte[] Key = SHA256.HashData("salsa"u8);

    /// <summary>Places in <see cref="Salsa20.Supported"/>.</summary>
    public static TheoryData<int> Places => [.. Enumerable.Range(0, Salsa20.Supported.Count)];

    [Theory]
    [MemberData(nameof(Places))]
    public void Pass_AnyLayoutOfLanes_IsLibsodiumsKeystream(int place)
    {
        var salsa = Salsa20.Supported[place];
        ulong[] shortNonces = [0, 1, 0x0102030405060708, uint.MaxValue, uint.MaxValue - 3UL, ulong.MaxValue, ulong.MaxValue - 5, 1UL << 63];
        foreach (var shortNonce in shortNonces)
        {
            for (var each = 1; each <= salsa.Lanes; each++)
            {
                foreach (var block in (uint[])[0, 1, 7, 100_000]) AssertPass(salsa, shortNonce, block, each);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Pass_InPlace_IsTheSame(int place)
    {
        var salsa = Salsa20.Supported[place];
        var apart = new byte[salsa.PassSize];
        var octets = Hex.CountUp(0, 256).Concat(Hex.CountUp(3, 256)).Concat(Hex.CountUp(5, 256)).Concat(Hex.CountUp(9, 256)).ToArray();
        salsa.Pass(Words(Key), 3, 0, salsa.Lanes, octets, apart);

        salsa.Pass(Words(Key), 3, 0, salsa.Lanes, octets, octets);

        Assert.Equal(apart, octets[..salsa.PassSize]);
    }

    [Fact]
    public void Supported_EndsWithWhatRunsEverywhere()
    {
        Assert.IsType<Salsa20Scalar>(Salsa20.Supported[^1]);
        Assert.Same(Salsa20.Widest.GetType(), Salsa20.Supported[0].GetType());
        Assert.All(Salsa20.Supported, salsa => Assert.InRange(salsa.PassSize, Salsa20.BlockSize, Salsa20.MaxPassSize));
    }

    /// <summary>
    /// ./test.sh runs what is about the vectors again as on lesser machines, and says how many lanes there are at most: else nobody would notice if
    /// the switch did nothing and the same code ran again.
    /// </summary>
    [Fact]
    public void Widest_HasNoMoreLanesThanTheRunSays()
    {
        const int AllLanes = Salsa20.MaxPassSize / Salsa20.BlockSize;
        var most = Environment.GetEnvironmentVariable("ZMTP_MOST_LANES") is { } said ? int.Parse(said, CultureInfo.InvariantCulture) : AllLanes;
        Assert.InRange(Salsa20.Widest.Lanes, 1, most);
        if (most == AllLanes) return;

        // With these the lesser vectors, too, are rotated by an instruction, and the MAC is made with vectors.
        Assert.False(Avx512F.VL.IsSupported || Poly1305Vector512.IsSupported);
    }

    private static void AssertPass(Salsa20 salsa, ulong shortNonce, uint block, int each)
    {
        var input = new byte[salsa.PassSize];
        var expected = new byte[salsa.PassSize];
        var output = new byte[salsa.PassSize];
        for (var i = 0; i < input.Length; i++) input[i] = unchecked((byte)(i * 31));
        Span<byte> nonce = stackalloc byte[8];
        for (var lane = 0; lane < salsa.Lanes; lane++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(nonce, unchecked(shortNonce + (ulong)(lane / each)));
            var octets = new Range(lane * Salsa20.BlockSize, (lane + 1) * Salsa20.BlockSize);
            NaCl.Xor(input.AsSpan(octets), nonce, block + (ulong)(lane % each), Key, expected.AsSpan(octets));
        }

        salsa.Pass(Words(Key), shortNonce, block, each, input, output);

        Assert.Equal(expected, output);
    }

    private static ReadOnlySpan<uint> Words(byte[] key) => MemoryMarshal.Cast<byte, uint>(key);
}
