using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>
/// h of Poly1305 between two blocks, and r. It lives in registers: the key that it comes from is wiped, but nobody can wipe what the
/// compiler spills. What is left is good for one message, whose short nonce has been used.
/// </summary>
internal ref struct Poly1305State
{
    private const ulong ClampLow = 0x0FFFFFFC0FFFFFFF;
    private const ulong ClampHigh = 0x0FFFFFFC0FFFFFFC;

    // r, and 5/4 of its high word: its two low bits are clear, so that there is such a number, and 2^128 times the high word is this
    // modulo 2^130 - 5.
    private readonly ulong _r0;
    private readonly ulong _r1;
    private readonly ulong _s1;

    // h, less than 2^131 between two blocks.
    private ulong _h0;
    private ulong _h1;
    private ulong _h2;

    public Poly1305State(ReadOnlySpan<byte> key)
    {
        _r0 = BinaryPrimitives.ReadUInt64LittleEndian(key) & ClampLow;
        _r1 = BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]) & ClampHigh;
        _s1 = unchecked(_r1 + (_r1 >> 2));
    }

    /// <summary>h of blocks that were added elsewhere.</summary>
    public void Set(ulong h0, ulong h1, ulong h2)
    {
        _h0 = h0;
        _h1 = h1;
        _h2 = h2;
    }

    /// <summary>h = r.</summary>
    public void SetToR() => Set(_r0, _r1, 0);

    /// <summary>The words of h.</summary>
    public readonly void Read(out ulong h0, out ulong h1, out ulong h2)
    {
        h0 = _h0;
        h1 = _h1;
        h2 = _h2;
    }

    /// <summary>h = (h + block) * r, less than 2^131 again but not the least such number.</summary>
    /// <param name="low">The block's first 8 octets.</param>
    /// <param name="high">Its last 8.</param>
    /// <param name="end">1 for a whole block; 0 where the 1 behind it is in it already.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong low, ulong high, ulong end)
    {
        unchecked
        {
            var h0 = _h0 + low;
            var carry = Carry(h0, low);
            var h1 = _h1 + high;
            var h2 = _h2 + end + Carry(h1, high);
            h1 += carry;
            h2 += Carry(h1, carry);

            // h2 is at most 6, so that its products fit a word.
            var d0High = Math.BigMul(h0, _r0, out var d0);
            var t0High = Math.BigMul(h1, _s1, out var t0);
            var d1High = Math.BigMul(h0, _r1, out var d1);
            var t1High = Math.BigMul(h1, _r0, out var t1);
            d0 += t0;
            d0High += t0High + Carry(d0, t0);
            d1 += t1;
            d1High += t1High + Carry(d1, t1);
            var t2 = h2 * _s1;
            d1 += t2;
            d1High += Carry(d1, t2);
            d1 += d0High;
            d1High += Carry(d1, d0High);
            h2 = (h2 * _r0) + d1High;

            // What is above 2^130 comes back five times.
            var above = (h2 >> 2) + (h2 & ~3UL);
            _h0 = d0 + above;
            carry = Carry(_h0, above);
            _h1 = d1 + carry;
            _h2 = (h2 & 3) + Carry(_h1, carry);
        }
    }

    /// <summary>Takes h to its least value, adds s.</summary>
    public readonly void Finish(ReadOnlySpan<byte> s, Span<byte> mac)
    {
        unchecked
        {
            // h + 5 reaches 2^130 exactly if h is 2^130 - 5 or more: then h + 5 without that bit is the least value.
            var g0 = _h0 + 5;
            var g1 = _h1 + Carry(g0, 5);
            var g2 = _h2 + (Carry(g0, 5) & Carry(g1, 1));
            var take = 0 - (g2 >> 2);
            var h = new UInt128((_h1 & ~take) | (g1 & take), (_h0 & ~take) | (g0 & take));
            BinaryPrimitives.WriteUInt128LittleEndian(mac, h + BinaryPrimitives.ReadUInt128LittleEndian(s));
        }
    }

    /// <summary>Whether a sum modulo 2^64 has wrapped: it is then less than either part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Carry(ulong sum, ulong part) => sum < part ? 1UL : 0UL;
}
