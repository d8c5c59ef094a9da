using System.Buffers.Binary;

namespace Zmtp.Mechanisms.Crypto;

// Poly1305 (RFC 8439, section 2.5, with keys from elsewhere): the key is r, some of whose bits are cleared, and s. Each block of 16
// octets, and the 1 that is put behind it, is a number of 129 bits, little-endian:
//
//   h = (h + block) * r mod 2^130 - 5      for each block
//   MAC = h + s mod 2^128

/// <summary>
/// Poly1305 on 64-bit words, and on vectors where it pays. Nothing branches on secrets or looks them up in tables. Stateless; safe on any thread.
/// </summary>
internal static class Poly1305
{
    public const int KeySize = 32;

    public const int MacSize = 16;

    private const int BlockSize = 16;

    // Octets from which the powers of r are worth their while: measured at 512, 140 ns; libsodium 209 ns.
    private const int LeastVector = 4 * Poly1305Vector512.StepSize;

    /// <param name="message">Of any length.</param>
    /// <param name="key">Used for this message alone.</param>
    /// <param name="mac">Receives the MAC.</param>
    /// <param name="hasVectors">Whether vectors are used where they pay: <see cref="Poly1305Vector512.IsSupported"/>, but in tests.</param>
    public static void Authenticate(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, Span<byte> mac, bool hasVectors)
    {
        var state = new Poly1305State(key);
        var blocks = message;
        if (hasVectors && message.Length >= LeastVector)
        {
            var octets = Poly1305Vector512.Add(state, message, out var h0, out var h1, out var h2);
            state.Set(h0, h1, h2);
            blocks = message[octets..];
        }

        while (blocks.Length >= BlockSize)
        {
            state.Add(BinaryPrimitives.ReadUInt64LittleEndian(blocks), BinaryPrimitives.ReadUInt64LittleEndian(blocks[sizeof(ulong)..]), 1);
            blocks = blocks[BlockSize..];
        }

        if (blocks.Length > 0)
        {
            var last = Last(message, blocks.Length) | (UInt128.One << (8 * blocks.Length));
            state.Add(unchecked((ulong)last), (ulong)(last >> 64), 0);
        }

        state.Finish(key[BlockSize..], mac);
    }

    /// <summary>The last octets, fewer than a block, as a number.</summary>
    private static UInt128 Last(ReadOnlySpan<byte> message, int count)
    {
        // Read together with those before them, which are then shifted out: cheaper than octet by octet.
        if (message.Length >= BlockSize) return BinaryPrimitives.ReadUInt128LittleEndian(message[^BlockSize..]) >> (8 * (BlockSize - count));

        UInt128 last = 0;
        for (var i = count - 1; i >= 0; i--) last = (last << 8) | message[i];
        return last;
    }
}
