using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// A message of n blocks of keystream is made of a head of 1 to `lanes` blocks, out of the window, and of whole passes of all lanes:
//
//   | MAC key | flags | data ...      | data ...      | data ...
//   |<-- head: n modulo lanes ------->|<-- a pass --->|<-- the last pass, not all of it

/// <summary>A cipher out of Salsa20 and Poly1305 in C#. Without AVX-512 long messages get their MAC from libsodium.</summary>
internal sealed class VectorCipher : MessageCipher
{
    /// <summary>Octets up to which our Poly1305 is faster than libsodium's where it has no vectors.</summary>
    private const int LongestShort = 1024;

    private readonly Salsa20 _salsa;
    private readonly KeystreamWindow _window;
    private readonly bool _hasVectorMac;

    /// <param name="salsa">The vector code.</param>
    /// <param name="key">The shared key.</param>
    /// <param name="prefix">The first 16 octets of every nonce of the direction.</param>
    /// <param name="mayVectorMac">Whether the MAC is made with AVX-512 where the machine has it; tests do without.</param>
    public VectorCipher(Salsa20 salsa, ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix, bool mayVectorMac = true)
    {
        _salsa = salsa;
        _hasVectorMac = mayVectorMac && Poly1305Vector512.IsSupported;
        var subkey = new SecretBuffer(NaCl.KeySize);
        NaCl.DeriveSubkey(key, prefix, subkey.Span);
        _window = new KeystreamWindow(salsa, subkey);
    }

    public override bool IsZero => _window.IsZero;

    public override void Seal(ulong shortNonce, byte flags, ReadOnlySpan<byte> data, Span<byte> box)
    {
        CheckSeal(data, box);
        var blocks = HeadBlocks(DataPosition + data.Length);
        var head = _window.Take(shortNonce, blocks);
        box[NaCl.MacSize] = (byte)(flags ^ head[FlagsPosition]);
        Xor(shortNonce, head[..(blocks * Salsa20.BlockSize)], DataPosition, data, box[DataOffset..]);
        Authenticate(box[NaCl.MacSize..], head[..NaCl.MacKeySize], box[..NaCl.MacSize]);
        CryptographicOperations.ZeroMemory(head);
    }

    public override bool TryOpen(ulong shortNonce, ReadOnlySpan<byte> box, Span<byte> payload)
    {
        CheckOpen(box, payload);
        var ciphertext = box[NaCl.MacSize..];
        var blocks = HeadBlocks(FlagsPosition + payload.Length);
        var head = _window.Take(shortNonce, blocks);
        Span<byte> mac = stackalloc byte[NaCl.MacSize];
        Authenticate(ciphertext, head[..NaCl.MacKeySize], mac);
        var isTrue = Octets.AreEqual(mac, box[..NaCl.MacSize]);
        if (isTrue) Xor(shortNonce, head[..(blocks * Salsa20.BlockSize)], FlagsPosition, ciphertext, payload);
        CryptographicOperations.ZeroMemory(head);
        return isTrue;
    }

    public override void Dispose() => _window.Dispose();

    private void Authenticate(ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> key, Span<byte> mac)
    {
        if (ciphertext.Length <= LongestShort || _hasVectorMac) Poly1305.Authenticate(ciphertext, key, mac, _hasVectorMac);
        else NaCl.Authenticate(ciphertext, key, mac);
    }

    /// <summary>So many blocks that whole passes of all lanes are left.</summary>
    private int HeadBlocks(int length) => (((length - 1) / Salsa20.BlockSize) & (_salsa.Lanes - 1)) + 1;

    private void Xor(ulong shortNonce, ReadOnlySpan<byte> head, int position, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var done = Math.Min(input.Length, head.Length - position);
        Octets.Xor(input[..done], head.Slice(position, done), output);
        if (done == input.Length) return;

        var block = head.Length / Salsa20.BlockSize;
        var inPasses = _window.XorPasses(shortNonce, block, input[done..], output[done..]);
        done += inPasses;
        if (done < input.Length) _window.XorRest(shortNonce, block + (inPasses / Salsa20.BlockSize), input[done..], output[done..]);
    }
}
