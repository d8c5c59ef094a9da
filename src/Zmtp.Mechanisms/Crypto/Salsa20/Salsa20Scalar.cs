using System.Buffers.Binary;
using System.Numerics;

namespace Zmtp.Mechanisms.Crypto;

/// <summary>One block at a time, on any machine.</summary>
internal sealed class Salsa20Scalar : Salsa20
{
    private const int Words = 16;

    public override int Lanes => 1;

    public override void Pass(ReadOnlySpan<uint> key, ulong shortNonce, uint block, int each, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var nonce0 = BinaryPrimitives.ReverseEndianness((uint)(shortNonce >> 32));
        var nonce1 = BinaryPrimitives.ReverseEndianness(unchecked((uint)shortNonce));
        ReadOnlySpan<uint> first =
        [
            Constant0, key[0], key[1], key[2], key[3], Constant1, nonce0, nonce1,
            block, 0, Constant2, key[4], key[5], key[6], key[7], Constant3,
        ];
        Span<uint> x = stackalloc uint[Words];
        first.CopyTo(x);
        for (var i = 0; i < DoubleRounds; i++) DoubleRound(x);
        for (var i = 0; i < Words; i++)
        {
            var octets = BinaryPrimitives.ReadUInt32LittleEndian(input[(sizeof(uint) * i)..]);
            BinaryPrimitives.WriteUInt32LittleEndian(output[(sizeof(uint) * i)..], octets ^ unchecked(x[i] + first[i]));
        }

        x.Clear();
    }

    private static void DoubleRound(Span<uint> x)
    {
        Quarter(ref x[0], ref x[4], ref x[8], ref x[12]);
        Quarter(ref x[5], ref x[9], ref x[13], ref x[1]);
        Quarter(ref x[10], ref x[14], ref x[2], ref x[6]);
        Quarter(ref x[15], ref x[3], ref x[7], ref x[11]);
        Quarter(ref x[0], ref x[1], ref x[2], ref x[3]);
        Quarter(ref x[5], ref x[6], ref x[7], ref x[4]);
        Quarter(ref x[10], ref x[11], ref x[8], ref x[9]);
        Quarter(ref x[15], ref x[12], ref x[13], ref x[14]);
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        unchecked
        {
            b ^= BitOperations.RotateLeft(a + d, 7);
            c ^= BitOperations.RotateLeft(b + a, 9);
            d ^= BitOperations.RotateLeft(c + b, 13);
            a ^= BitOperations.RotateLeft(d + c, 18);
        }
    }
}
