using System.Buffers.Binary;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// How libsodium is asked for keystream. It makes one block, or 4 at once, or 8 at once where there is AVX2: one pass each, and each
// takes the same time (measured: 210, 218, 235 ns). It does as many passes of 8 as fit, then at most one of 4, then the rest block by
// block; 192 octets therefore cost three times what 256 cost. So:
//
//   first    one pass of 1, 4 or 8 blocks, whichever is enough, gives the MAC key and the first octets of the payload
//   whole    passes of 8 blocks, straight from the input to the output
//   rest     one pass of 1, 4 or 8 blocks
//
// Both directions need the MAC key before, or together with, the first octets, and get both from the same pass. crypto_box_open makes
// the first block twice.

/// <summary>A cipher out of libsodium's Salsa20 and Poly1305.</summary>
internal sealed class LibsodiumCipher : MessageCipher
{
    private const int NarrowPass = 4 * NaCl.BlockSize;
    private const int WidePass = 8 * NaCl.BlockSize;

    private readonly SecretBuffer _subkey = new(NaCl.KeySize);

    /// <param name="key">The shared key.</param>
    /// <param name="prefix">The first 16 octets of every nonce of the direction.</param>
    public LibsodiumCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) => NaCl.DeriveSubkey(key, prefix, _subkey.Span);

    public override bool IsZero => _subkey.IsZero;

    public override void Seal(ulong shortNonce, byte flags, ReadOnlySpan<byte> data, Span<byte> box)
    {
        CheckSeal(data, box);
        Span<byte> scratch = stackalloc byte[WidePass];
        var first = FirstPass(shortNonce, DataPosition + data.Length, scratch);
        box[NaCl.MacSize] = (byte)(flags ^ first[FlagsPosition]);
        Xor(shortNonce, first, DataPosition, data, box[DataOffset..]);
        NaCl.Authenticate(box[NaCl.MacSize..], first[..NaCl.MacKeySize], box[..NaCl.MacSize]);
        CryptographicOperations.ZeroMemory(first);
    }

    public override bool TryOpen(ulong shortNonce, ReadOnlySpan<byte> box, Span<byte> payload)
    {
        CheckOpen(box, payload);
        Span<byte> scratch = stackalloc byte[WidePass];
        var ciphertext = box[NaCl.MacSize..];
        var first = FirstPass(shortNonce, FlagsPosition + payload.Length, scratch);
        Span<byte> mac = stackalloc byte[NaCl.MacSize];
        NaCl.Authenticate(ciphertext, first[..NaCl.MacKeySize], mac);
        var isTrue = Octets.AreEqual(mac, box[..NaCl.MacSize]);
        if (isTrue) Xor(shortNonce, first, FlagsPosition, ciphertext, payload);
        CryptographicOperations.ZeroMemory(first);
        return isTrue;
    }

    public override void Dispose() => _subkey.Dispose();

    /// <summary>The smallest pass that gives a length, or the largest there is.</summary>
    private static int PassFor(int length) => length <= NaCl.BlockSize ? NaCl.BlockSize : length <= NarrowPass ? NarrowPass : WidePass;

    /// <summary>The keystream from block 0 on.</summary>
    /// <param name="shortNonce">The message's.</param>
    /// <param name="length">The octets that the whole message needs, the MAC key with them.</param>
    /// <param name="scratch">Zeros; a wide pass has room.</param>
    /// <returns>The part of the scratch that holds the keystream.</returns>
    private Span<byte> FirstPass(ulong shortNonce, int length, Span<byte> scratch)
    {
        var first = scratch[..PassFor(length)];
        XorPasses(shortNonce, 0, first, first);
        return first;
    }

    /// <summary>Encrypts or decrypts: with what is left of the first pass, then with whole passes, then with one for the rest.</summary>
    private void Xor(ulong shortNonce, ReadOnlySpan<byte> first, int position, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var inFirst = Math.Min(input.Length, first.Length - position);
        Octets.Xor(input[..inFirst], first.Slice(position, inFirst), output);
        var whole = (input.Length - inFirst) / WidePass * WidePass;
        if (whole > 0) XorPasses(shortNonce, first.Length, input.Slice(inFirst, whole), output.Slice(inFirst, whole));

        var done = inFirst + whole;
        if (done < input.Length) XorRest(shortNonce, first.Length + whole, input[done..], output[done..]);
    }

    private void XorRest(ulong shortNonce, int position, ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length <= NaCl.BlockSize)
        {
            XorPasses(shortNonce, position, input, output);
            return;
        }

        Span<byte> scratch = stackalloc byte[WidePass];
        var pass = scratch[..PassFor(input.Length)];
        XorPasses(shortNonce, position, pass, pass);
        Octets.Xor(input, pass, output);
        CryptographicOperations.ZeroMemory(pass);
    }

    /// <param name="shortNonce">The message's.</param>
    /// <param name="position">Where in the keystream; a multiple of the block's size.</param>
    /// <param name="input">As many whole passes as wanted, or the message's last octets.</param>
    /// <param name="output">As long as the input.</param>
    private void XorPasses(ulong shortNonce, int position, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> nonce = stackalloc byte[NaCl.StreamNonceSize];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, shortNonce);
        NaCl.Xor(input, nonce, (ulong)(position / NaCl.BlockSize), _subkey.Span, output);
    }
}
