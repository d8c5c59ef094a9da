using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>16 blocks at once, with AVX-512.</summary>
internal sealed class Salsa20Vector512 : Salsa20
{
    public override int Lanes => Vector512<uint>.Count;

    /// <remarks>A method of its own, so that no caller is left with the upper halves of its registers in use.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Pass(ReadOnlySpan<uint> key, ulong shortNonce, uint block, int each, ReadOnlySpan<byte> input, Span<byte> output)
    {
        key = key[..KeyWords];
        Counters(shortNonce, block, each, out var n0, out var n1, out var b0);
        Vector512<uint> c0 = Vector512.Create(Constant0), c1 = Vector512.Create(Constant1), c2 = Vector512.Create(Constant2), c3 = Vector512.Create(Constant3);
        Vector512<uint> x0 = c0, x1 = Vector512.Create(key[0]), x2 = Vector512.Create(key[1]), x3 = Vector512.Create(key[2]);
        Vector512<uint> x4 = Vector512.Create(key[3]), x5 = c1, x6 = n0, x7 = n1;
        Vector512<uint> x8 = b0, x9 = Vector512<uint>.Zero, x10 = c2, x11 = Vector512.Create(key[4]);
        Vector512<uint> x12 = Vector512.Create(key[5]), x13 = Vector512.Create(key[6]), x14 = Vector512.Create(key[7]), x15 = c3;
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

        Transpose(ref x0, ref x1, ref x2, ref x3, c0, Vector512.Create(key[0]), Vector512.Create(key[1]), Vector512.Create(key[2]));
        Transpose(ref x4, ref x5, ref x6, ref x7, Vector512.Create(key[3]), c1, n0, n1);
        Transpose(ref x8, ref x9, ref x10, ref x11, b0, Vector512<uint>.Zero, c2, Vector512.Create(key[4]));
        Transpose(ref x12, ref x13, ref x14, ref x15, Vector512.Create(key[5]), Vector512.Create(key[6]), Vector512.Create(key[7]), c3);
        var from = MemoryMarshal.Cast<byte, Vector512<uint>>(input)[..Vector512<uint>.Count];
        var to = MemoryMarshal.Cast<byte, Vector512<uint>>(output)[..Vector512<uint>.Count];
        Xor(from, to, 0, x0, x4, x8, x12);
        Xor(from, to, 1, x1, x5, x9, x13);
        Xor(from, to, 2, x2, x6, x10, x14);
        Xor(from, to, 3, x3, x7, x11, x15);
    }

    /// <summary>The words that differ from lane to lane: the short nonce, its halves in network order, and the block.</summary>
    private static void Counters(
        ulong shortNonce, uint block, int each, out Vector512<uint> nonce0, out Vector512<uint> nonce1, out Vector512<uint> block0)
    {
        // i / each for the few i there are: multiply by 2^16 / each, rounded up, and shift.
        var lane = Vector512<uint>.Indices;
        var message = Vector512.ShiftRightLogical(lane * Vector512.Create((uint)((65535 + each) / each)), 16);
        var low = Vector512.Create(unchecked((uint)shortNonce)) + message;

        // Where the sum has wrapped the comparison is all ones: minus one.
        var high = Vector512.Create((uint)(shortNonce >> 32)) - Vector512.LessThan(low, message);
        nonce0 = ReverseOctets(high);
        nonce1 = ReverseOctets(low);
        block0 = Vector512.Create(block) + lane - (message * Vector512.Create((uint)each));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> ReverseOctets(Vector512<uint> words) =>
        (Rotate(words, 8) & Vector512.Create(0x00FF00FFu)) | (Rotate(words, 24) & Vector512.Create(0xFF00FF00u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> words, [ConstantExpected] byte count) =>
        Avx512F.RotateLeft(words, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector512<uint> a, ref Vector512<uint> b, ref Vector512<uint> c, ref Vector512<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
    }

    /// <summary>Adds the initial words, then turns four words of all lanes into four words of the blocks j, j + 4, j + 8, j + 12 in vector j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector512<uint> x0,
        ref Vector512<uint> x1,
        ref Vector512<uint> x2,
        ref Vector512<uint> x3,
        Vector512<uint> add0,
        Vector512<uint> add1,
        Vector512<uint> add2,
        Vector512<uint> add3)
    {
        x0 += add0;
        x1 += add1;
        x2 += add2;
        x3 += add3;
        var low01 = Avx512F.UnpackLow(x0, x1).AsUInt64();
        var high01 = Avx512F.UnpackHigh(x0, x1).AsUInt64();
        var low23 = Avx512F.UnpackLow(x2, x3).AsUInt64();
        var high23 = Avx512F.UnpackHigh(x2, x3).AsUInt64();
        x0 = Avx512F.UnpackLow(low01, low23).AsUInt32();
        x1 = Avx512F.UnpackHigh(low01, low23).AsUInt32();
        x2 = Avx512F.UnpackLow(high01, high23).AsUInt32();
        x3 = Avx512F.UnpackHigh(high01, high23).AsUInt32();
    }

    /// <summary>The blocks j, j + 4, j + 8, j + 12 out of their quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(
        ReadOnlySpan<Vector512<uint>> from,
        Span<Vector512<uint>> to,
        [ConstantExpected] int j,
        Vector512<uint> a,
        Vector512<uint> b,
        Vector512<uint> c,
        Vector512<uint> d)
    {
        // Each takes the quarters 0 and 1, or 2 and 3, of both; then 0 and 2, or 1 and 3.
        var ab01 = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00);
        var ab23 = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        var cd01 = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        var cd23 = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        to[j] = from[j] ^ Avx512F.Shuffle4x128(ab01, cd01, 0b10_00_10_00);
        to[j + 4] = from[j + 4] ^ Avx512F.Shuffle4x128(ab01, cd01, 0b11_01_11_01);
        to[j + 8] = from[j + 8] ^ Avx512F.Shuffle4x128(ab23, cd23, 0b10_00_10_00);
        to[j + 12] = from[j + 12] ^ Avx512F.Shuffle4x128(ab23, cd23, 0b11_01_11_01);
    }
}
