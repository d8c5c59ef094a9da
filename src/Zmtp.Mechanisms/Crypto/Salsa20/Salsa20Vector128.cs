using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>4 blocks at once, with SSE2 or AdvSimd.</summary>
internal sealed class Salsa20Vector128 : Salsa20
{
    public override int Lanes => Vector128<uint>.Count;

    /// <remarks>A method of its own, so that no caller is left with the upper halves of its registers in use.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Pass(ReadOnlySpan<uint> key, ulong shortNonce, uint block, int each, ReadOnlySpan<byte> input, Span<byte> output)
    {
        key = key[..KeyWords];
        Counters(shortNonce, block, each, out var n0, out var n1, out var b0);
        Vector128<uint> c0 = Vector128.Create(Constant0), c1 = Vector128.Create(Constant1), c2 = Vector128.Create(Constant2), c3 = Vector128.Create(Constant3);
        Vector128<uint> x0 = c0, x1 = Vector128.Create(key[0]), x2 = Vector128.Create(key[1]), x3 = Vector128.Create(key[2]);
        Vector128<uint> x4 = Vector128.Create(key[3]), x5 = c1, x6 = n0, x7 = n1;
        Vector128<uint> x8 = b0, x9 = Vector128<uint>.Zero, x10 = c2, x11 = Vector128.Create(key[4]);
        Vector128<uint> x12 = Vector128.Create(key[5]), x13 = Vector128.Create(key[6]), x14 = Vector128.Create(key[7]), x15 = c3;
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

        Transpose(ref x0, ref x1, ref x2, ref x3, c0, Vector128.Create(key[0]), Vector128.Create(key[1]), Vector128.Create(key[2]));
        Transpose(ref x4, ref x5, ref x6, ref x7, Vector128.Create(key[3]), c1, n0, n1);
        Transpose(ref x8, ref x9, ref x10, ref x11, b0, Vector128<uint>.Zero, c2, Vector128.Create(key[4]));
        Transpose(ref x12, ref x13, ref x14, ref x15, Vector128.Create(key[5]), Vector128.Create(key[6]), Vector128.Create(key[7]), c3);
        var from = MemoryMarshal.Cast<byte, Vector128<uint>>(input)[..(4 * Vector128<uint>.Count)];
        var to = MemoryMarshal.Cast<byte, Vector128<uint>>(output)[..(4 * Vector128<uint>.Count)];
        Xor(from, to, 0, x0, x4, x8, x12);
        Xor(from, to, 1, x1, x5, x9, x13);
        Xor(from, to, 2, x2, x6, x10, x14);
        Xor(from, to, 3, x3, x7, x11, x15);
    }

    /// <summary>The words that differ from lane to lane: the short nonce, its halves in network order, and the block.</summary>
    private static void Counters(
        ulong shortNonce, uint block, int each, out Vector128<uint> nonce0, out Vector128<uint> nonce1, out Vector128<uint> block0)
    {
        // i / each for the few i there are: multiply by 2^16 / each, rounded up, and shift.
        var lane = Vector128<uint>.Indices;
        var message = Vector128.ShiftRightLogical(lane * Vector128.Create((uint)((65535 + each) / each)), 16);
        var low = Vector128.Create(unchecked((uint)shortNonce)) + message;

        // Where the sum has wrapped the comparison is all ones: minus one.
        var high = Vector128.Create((uint)(shortNonce >> 32)) - Vector128.LessThan(low, message);
        nonce0 = ReverseOctets(high);
        nonce1 = ReverseOctets(low);
        block0 = Vector128.Create(block) + lane - (message * Vector128.Create((uint)each));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ReverseOctets(Vector128<uint> words) =>
        (Rotate(words, 8) & Vector128.Create(0x00FF00FFu)) | (Rotate(words, 24) & Vector128.Create(0xFF00FF00u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> words, [ConstantExpected] byte count) =>
        Avx512F.VL.IsSupported
            ? Avx512F.VL.RotateLeft(words, count)
            : Vector128.ShiftLeft(words, count) | Vector128.ShiftRightLogical(words, 32 - count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
    }

    /// <summary>Adds the initial words, then turns four words of all lanes into four words of block j in vector j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector128<uint> x0,
        ref Vector128<uint> x1,
        ref Vector128<uint> x2,
        ref Vector128<uint> x3,
        Vector128<uint> add0,
        Vector128<uint> add1,
        Vector128<uint> add2,
        Vector128<uint> add3)
    {
        x0 += add0;
        x1 += add1;
        x2 += add2;
        x3 += add3;
        var low01 = Low(x0, x1).AsUInt64();
        var high01 = High(x0, x1).AsUInt64();
        var low23 = Low(x2, x3).AsUInt64();
        var high23 = High(x2, x3).AsUInt64();
        x0 = Low(low01, low23).AsUInt32();
        x1 = High(low01, low23).AsUInt32();
        x2 = Low(high01, high23).AsUInt32();
        x3 = High(high01, high23).AsUInt32();
    }

    /// <summary>Block j out of its quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(
        ReadOnlySpan<Vector128<uint>> from,
        Span<Vector128<uint>> to,
        [ConstantExpected] int j,
        Vector128<uint> a,
        Vector128<uint> b,
        Vector128<uint> c,
        Vector128<uint> d)
    {
        to[4 * j] = from[4 * j] ^ a;
        to[(4 * j) + 1] = from[(4 * j) + 1] ^ b;
        to[(4 * j) + 2] = from[(4 * j) + 2] ^ c;
        to[(4 * j) + 3] = from[(4 * j) + 3] ^ d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Low(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> High(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Low(Vector128<ulong> a, Vector128<ulong> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> High(Vector128<ulong> a, Vector128<ulong> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
