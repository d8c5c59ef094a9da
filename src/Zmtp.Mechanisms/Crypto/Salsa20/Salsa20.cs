using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Zmtp.Mechanisms.Crypto;

// Salsa20 (D. J. Bernstein, "The Salsa20 family of stream ciphers"): the block of 64 octets at a place of the keystream is a function
// of the key, the nonce and the place, made of additions, rotations and exclusive ors of a state of 16 words:
//
//    0  constant     4  key 3       8  block, low    12  key 5
//    1  key 0        5  constant    9  block, high   13  key 6
//    2  key 1        6  nonce 0    10  constant      14  key 7
//    3  key 2        7  nonce 1    11  key 4         15  constant
//
// The nonce is a short nonce in network order, the words are little-endian: word 6 is the high half of it with its octets reversed. No
// message has 2^32 blocks, so that word 9 is zero.

/// <summary>
/// Salsa20 with one block per lane of a vector: all lanes do the same, so that as many blocks take as long as one. Nothing branches on
/// secrets or looks them up in tables. Stateless; safe on any thread.
/// </summary>
internal abstract class Salsa20
{
    public const int BlockSize = 64;

    /// <summary>Octets that the widest pass there is makes.</summary>
    public const int MaxPassSize = 16 * BlockSize;

    /// <summary>Words of the key.</summary>
    public const int KeyWords = 8;

    protected const uint Constant0 = 0x61707865;
    protected const uint Constant1 = 0x3320646e;
    protected const uint Constant2 = 0x79622d32;
    protected const uint Constant3 = 0x6b206574;

    /// <summary>Double rounds: columns, then rows.</summary>
    protected const int DoubleRounds = 10;

    /// <summary>The widest that this machine has instructions for.</summary>
    public static Salsa20 Widest { get; } = Supported[0];

    /// <summary>All that this machine can do, the widest first; the last one works everywhere.</summary>
    public static IReadOnlyList<Salsa20> Supported
    {
        get
        {
            var all = new List<Salsa20>();
            if (Avx512F.IsSupported && Vector512.IsHardwareAccelerated) all.Add(new Salsa20Vector512());
            if (Avx2.IsSupported) all.Add(new Salsa20Vector256());
            if (Sse2.IsSupported || AdvSimd.Arm64.IsSupported) all.Add(new Salsa20Vector128());
            all.Add(new Salsa20Scalar());
            return all;
        }
    }

    /// <summary>Blocks that one pass makes.</summary>
    public abstract int Lanes { get; }

    /// <summary>Octets that one pass makes.</summary>
    public int PassSize => Lanes * BlockSize;

    /// <summary>
    /// One pass: output = input xor keystream. Lane i is block (block + i % each) of short nonce (shortNonce + i / each): so a pass is
    /// consecutive blocks of one message, or the first blocks of consecutive messages.
    /// </summary>
    /// <param name="key">The subkey, as little-endian words.</param>
    /// <param name="shortNonce">That of the first lane; counts on modulo 2^64.</param>
    /// <param name="block">The block of the first lane.</param>
    /// <param name="each">Blocks of each message, at most <see cref="Lanes"/>.</param>
    /// <param name="input">At least <see cref="PassSize"/> octets.</param>
    /// <param name="output">At least <see cref="PassSize"/> octets; may be the input, else they must not overlap.</param>
    public abstract void Pass(ReadOnlySpan<uint> key, ulong shortNonce, uint block, int each, ReadOnlySpan<byte> input, Span<byte> output);
}
