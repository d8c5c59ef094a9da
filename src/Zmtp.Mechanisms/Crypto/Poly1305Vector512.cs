using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zmtp.Mechanisms.Crypto;

// Eight sums instead of one: lane i takes every eighth block, so that each step multiplies by r^8, and at the end lane i is multiplied by
// the power that its last block is short of. Numbers are five limbs of 26 bits, whose products fit 64 bits with room for sums.
//
//   lane         0    1    2    3    4    5    6    7
//   block        0    4    1    5    2    6    3    7    the order in which unpacking leaves them
//   last power   8    4    7    3    6    2    5    1

/// <summary>Eight blocks of Poly1305 at once, with AVX-512. Nothing branches on secrets or looks them up in tables.</summary>
internal static class Poly1305Vector512
{
    /// <summary>Octets of one step.</summary>
    public const int StepSize = 8 * 16;

    private const int Limbs = 5;
    private const int LimbBits = 26;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    // The 1 behind a block of 128 bits, in the last limb.
    private const ulong End = 1UL << (128 - (4 * LimbBits));

    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    private static ReadOnlySpan<byte> LastPowers => [8, 4, 7, 3, 6, 2, 5, 1];

    /// <summary>Adds the blocks at the start of a message.</summary>
    /// <param name="state">Before the first block.</param>
    /// <param name="message">At least <see cref="StepSize"/> octets.</param>
    /// <param name="h0">Receives the low word of h.</param>
    /// <param name="h1">Receives the middle word of h.</param>
    /// <param name="h2">Receives the high word of h.</param>
    /// <returns>The octets of the steps that were done; the message has less than one more.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Add(Poly1305State state, ReadOnlySpan<byte> message, out ulong h0, out ulong h1, out ulong h2)
    {
        Span<ulong> powers = stackalloc ulong[Limbs * Vector512<ulong>.Count];
        WritePowers(state, powers);
        Vector512<ulong> p0 = Lanes(powers, 0), p1 = Lanes(powers, 1), p2 = Lanes(powers, 2), p3 = Lanes(powers, 3), p4 = Lanes(powers, 4);
        Vector512<ulong> r0 = First(p0), r1 = First(p1), r2 = First(p2), r3 = First(p3), r4 = First(p4);
        Vector512<ulong> s1 = Five(r1), s2 = Five(r2), s3 = Five(r3), s4 = Five(r4);
        var octets = message.Length / StepSize * StepSize;
        var blocks = MemoryMarshal.Cast<byte, Vector512<ulong>>(message[..octets]);
        Read(blocks[0], blocks[1], out var a0, out var a1, out var a2, out var a3, out var a4);
        for (var i = 2; i < blocks.Length; i += 2)
        {
            Multiply(ref a0, ref a1, ref a2, ref a3, ref a4, r0, r1, r2, r3, r4, s1, s2, s3, s4);
            Read(blocks[i], blocks[i + 1], out var m0, out var m1, out var m2, out var m3, out var m4);
            a0 += m0;
            a1 += m1;
            a2 += m2;
            a3 += m3;
            a4 += m4;
        }

        Multiply(ref a0, ref a1, ref a2, ref a3, ref a4, p0, p1, p2, p3, p4, Five(p1), Five(p2), Five(p3), Five(p4));
        Join(Vector512.Sum(a0), Vector512.Sum(a1), Vector512.Sum(a2), Vector512.Sum(a3), Vector512.Sum(a4), out h0, out h1, out h2);
        powers.Clear();
        return octets;
    }

    /// <summary>The powers of r from the first to the eighth, each in the lane that needs it at the end.</summary>
    private static void WritePowers(Poly1305State state, Span<ulong> powers)
    {
        state.SetToR();
        for (var power = 1; power <= Vector512<ulong>.Count; power++)
        {
            if (power > 1) state.Add(0, 0, 0);
            state.Read(out var h0, out var h1, out var h2);
            var lane = powers[LastPowers.IndexOf((byte)power)..];
            lane[0] = h0 & LimbMask;
            lane[8] = (h0 >> 26) & LimbMask;
            lane[16] = ((h0 >> 52) | (h1 << 12)) & LimbMask;
            lane[24] = (h1 >> 14) & LimbMask;
            lane[32] = (h1 >> 40) | (h2 << 24);
        }
    }

    private static Vector512<ulong> Lanes(ReadOnlySpan<ulong> powers, int limb) =>
        Vector512.Create(powers.Slice(limb * Vector512<ulong>.Count, Vector512<ulong>.Count));

    private static Vector512<ulong> First(Vector512<ulong> lanes) => Vector512.Create(lanes.ToScalar());

    private static Vector512<ulong> Five(Vector512<ulong> limbs) => limbs + Vector512.ShiftLeft(limbs, 2);

    /// <summary>Eight blocks as limbs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Read(
        Vector512<ulong> blocks0To3,
        Vector512<ulong> blocks4To7,
        out Vector512<ulong> m0,
        out Vector512<ulong> m1,
        out Vector512<ulong> m2,
        out Vector512<ulong> m3,
        out Vector512<ulong> m4)
    {
        var mask = Vector512.Create(LimbMask);
        var low = Avx512F.UnpackLow(blocks0To3, blocks4To7);
        var high = Avx512F.UnpackHigh(blocks0To3, blocks4To7);
        m0 = low & mask;
        m1 = Vector512.ShiftRightLogical(low, 26) & mask;
        m2 = (Vector512.ShiftRightLogical(low, 52) | Vector512.ShiftLeft(high, 12)) & mask;
        m3 = Vector512.ShiftRightLogical(high, 14) & mask;
        m4 = Vector512.ShiftRightLogical(high, 40) | Vector512.Create(End);
    }

    /// <summary>a = a * r in each lane, modulo 2^130 - 5. Limbs of a may have 28 bits, and leave with little more than 26.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(
        ref Vector512<ulong> a0,
        ref Vector512<ulong> a1,
        ref Vector512<ulong> a2,
        ref Vector512<ulong> a3,
        ref Vector512<ulong> a4,
        Vector512<ulong> r0,
        Vector512<ulong> r1,
        Vector512<ulong> r2,
        Vector512<ulong> r3,
        Vector512<ulong> r4,
        Vector512<ulong> s1,
        Vector512<ulong> s2,
        Vector512<ulong> s3,
        Vector512<ulong> s4)
    {
        var d0 = Product(a0, r0) + Product(a1, s4) + Product(a2, s3) + Product(a3, s2) + Product(a4, s1);
        var d1 = Product(a0, r1) + Product(a1, r0) + Product(a2, s4) + Product(a3, s3) + Product(a4, s2);
        var d2 = Product(a0, r2) + Product(a1, r1) + Product(a2, r0) + Product(a3, s4) + Product(a4, s3);
        var d3 = Product(a0, r3) + Product(a1, r2) + Product(a2, r1) + Product(a3, r0) + Product(a4, s4);
        var d4 = Product(a0, r4) + Product(a1, r3) + Product(a2, r2) + Product(a3, r1) + Product(a4, r0);
        CarryInto(ref d1, ref d0);
        CarryInto(ref d4, ref d3);
        CarryInto(ref d2, ref d1);
        var above = Vector512.ShiftRightLogical(d4, LimbBits);
        d4 &= Vector512.Create(LimbMask);
        d0 += Five(above);
        CarryInto(ref d3, ref d2);
        CarryInto(ref d1, ref d0);
        CarryInto(ref d4, ref d3);
        a0 = d0;
        a1 = d1;
        a2 = d2;
        a3 = d3;
        a4 = d4;
    }

    /// <summary>The low 32 bits of each lane, multiplied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CarryInto(ref Vector512<ulong> next, ref Vector512<ulong> limb)
    {
        next += Vector512.ShiftRightLogical(limb, LimbBits);
        limb &= Vector512.Create(LimbMask);
    }

    /// <summary>Limbs of up to 32 bits as words; h2 is at most 4.</summary>
    private static void Join(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4, out ulong h0, out ulong h1, out ulong h2)
    {
        unchecked
        {
            for (var i = 0; i < 2; i++)
            {
                l0 += 5 * (l4 >> LimbBits);
                l4 &= LimbMask;
                l1 += l0 >> LimbBits;
                l0 &= LimbMask;
                l2 += l1 >> LimbBits;
                l1 &= LimbMask;
                l3 += l2 >> LimbBits;
                l2 &= LimbMask;
                l4 += l3 >> LimbBits;
                l3 &= LimbMask;
            }

            h0 = l0 | (l1 << 26) | (l2 << 52);
            h1 = (l2 >> 12) | (l3 << 14) | (l4 << 40);
            h2 = l4 >> 24;
        }
    }
}
