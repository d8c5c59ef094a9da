using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>8 blocks at once, with AVX2.</summary>
internal sealed class Salsa20Vector256 : Salsa20
{
    public override int Lanes => Vector256<uint>.Count;

    /// <remarks>A method of its own, so that no caller is left with the upper halves of its registers in use.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Pass(ReadOnlySpan<uint> key, ulong shortNonce, uint block, int each, ReadOnlySpan<byte> input, Span<byte> output)
    {
        key = key[..KeyWords];
        Counters(shortNonce, block, each, out var n0, out var n1, out var b0);
        Vector256<uint> c0 = Vector256.Create(Constant0), c1 = Vector256.Create(Constant1), c2 = Vector256.Create(Constant2), c3 = Vector256.Create(Constant3);
        Vector256<uint> x0 = c0, x1 = Vector256.Create(key[0]), x2 = Vector256.Create(key[1]), x3 = Vector256.Create(key[2]);
        Vector256<uint> x4 = Vector256.Create(key[3]), x5 = c1, x6 = n0, x7 = n1;
        Vector256<uint> x8 = b0, x9 = Vector256<uint>.Zero, x10 = c2, x11 = Vector256.Create(key[4]);
        Vector256<uint> x12 = Vector256.Create(key[5]), x13 = Vector256.Create(key[6]), x14 = Vector256.Create(key[7]), x15 = c3;
        for (var i = 0; i < DoubleRounds; i++)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x5, ref x9, ref x13, ref x1);
            Quarter(ref x10, ref x14, ref x2, ref x6);
            Quarter(ref x15, ref x3, ref x7, ref x11);
            Quarter(ref x0, ref x1, ref x2, ref x3);
            Quarter(ref x5, ref x6, ref x7, ref x4);
            Quarter(ref x10, ref x11, ref x8, ref x9);
            Quarter(ref x15, ref x12, ref x13, ref x14);
        }

        Transpose(ref x0, ref x1, ref x2, ref x3, c0, Vector256.Create(key[0]), Vector256.Create(key[1]), Vector256.Create(key[2]));
        Transpose(ref x4, ref x5, ref x6, ref x7, Vector256.Create(key[3]), c1, n0, n1);
        Transpose(ref x8, ref x9, ref x10, ref x11, b0, Vector256<uint>.Zero, c2, Vector256.Create(key[4]));
        Transpose(ref x12, ref x13, ref x14, ref x15, Vector256.Create(key[5]), Vector256.Create(key[6]), Vector256.Create(key[7]), c3);
        var from = MemoryMarshal.Cast<byte, Vector256<uint>>(input)[..(2 * Vector256<uint>.Count)];
        var to = MemoryMarshal.Cast<byte, Vector256<uint>>(output)[..(2 * Vector256<uint>.Count)];
        Xor(from, to, 0, x0, x4, x8, x12);
        Xor(from, to, 1, x1, x5, x9, x13);
        Xor(from, to, 2, x2, x6, x10, x14);
        Xor(from, to, 3, x3, x7, x11, x15);
    }

    /// <summary>The words that differ from lane to lane: the short nonce, its halves in network order, and the block.</summary>
    private static void Counters(
        ulong shortNonce, uint block, int each, out Vector256<uint> nonce0, out Vector256<uint> nonce1, out Vector256<uint> block0)
    {
        // i / each for the few i there are: multiply by 2^16 / each, rounded up, and shift.
        var lane = Vector256<uint>.Indices;
        var message = Vector256.ShiftRightLogical(lane * Vector256.Create((uint)((65535 + each) / each)), 16);
        var low = Vector256.Create(unchecked((uint)shortNonce)) + message;

        // Where the sum has wrapped the comparison is all ones: minus one.
        var high = Vector256.Create((uint)(shortNonce >> 32)) - Vector256.LessThan(low, message);
        nonce0 = ReverseOctets(high);
        nonce1 = ReverseOctets(low);
        block0 = Vector256.Create(block) + lane - (message * Vector256.Create((uint)each));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> ReverseOctets(Vector256<uint> words) =>
        (Rotate(words, 8) & Vector256.Create(0x00FF00FFu)) | (Rotate(words, 24) & Vector256.Create(0xFF00FF00u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> words, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(words, count)
            : Vector256.ShiftLeft(words, count) | Vector256.ShiftRightLogical(words, 32 - count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
    }

    /// <summary>Adds the initial words, then turns four words of all lanes into four words of the blocks j and j + 4 in vector j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<uint> x0,
        ref Vector256<uint> x1,
        ref Vector256<uint> x2,
        ref Vector256<uint> x3,
        Vector256<uint> add0,
        Vector256<uint> add1,
        Vector256<uint> add2,
        Vector256<uint> add3)
    {
        x0 += add0;
        x1 += add1;
        x2 += add2;
        x3 += add3;
        var low01 = Avx2.UnpackLow(x0, x1).AsUInt64();
        var high01 = Avx2.UnpackHigh(x0, x1).AsUInt64();
        var low23 = Avx2.UnpackLow(x2, x3).AsUInt64();
        var high23 = Avx2.UnpackHigh(x2, x3).AsUInt64();
        x0 = Avx2.UnpackLow(low01, low23).AsUInt32();
        x1 = Avx2.UnpackHigh(low01, low23).AsUInt32();
        x2 = Avx2.UnpackLow(high01, high23).AsUInt32();
        x3 = Avx2.UnpackHigh(high01, high23).AsUInt32();
    }

    /// <summary>The blocks j and j + 4 out of their quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(
        ReadOnlySpan<Vector256<uint>> from,
        Span<Vector256<uint>> to,
        [ConstantExpected] int j,
        Vector256<uint> a,
        Vector256<uint> b,
        Vector256<uint> c,
        Vector256<uint> d)
    {
        // Each takes the low halves, or the high halves, of both.
        to[2 * j] = from[2 * j] ^ Avx2.Permute2x128(a, b, 0x20);
        to[(2 * j) + 1] = from[(2 * j) + 1] ^ Avx2.Permute2x128(c, d, 0x20);
        to[2 * (j + 4)] = from[2 * (j + 4)] ^ Avx2.Permute2x128(a, b, 0x31);
        to[(2 * (j + 4)) + 1] = from[(2 * (j + 4)) + 1] ^ Avx2.Permute2x128(c, d, 0x31);
    }
}
