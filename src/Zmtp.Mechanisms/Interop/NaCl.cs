using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Zmtp.Mechanisms.Interop;

/// <summary>
/// crypto_box and crypto_secretbox of NaCl (Curve25519, XSalsa20, Poly1305) over spans, and the parts that they are made of. A sealed
/// box is the MAC followed by the ciphertext. Stateless; safe on any thread.
/// </summary>
internal static unsafe class NaCl
{
    public const int KeySize = 32;

    public const int NonceSize = 24;

    public const int MacSize = 16;

    /// <summary>Octets that HSalsa20 takes: those of a nonce before the part that counts up.</summary>
    public const int PrefixSize = 16;

    /// <summary>Octets of Salsa20's own nonce: those of a nonce behind the prefix.</summary>
    public const int StreamNonceSize = NonceSize - PrefixSize;

    /// <summary>Octets of keystream that one counter of Salsa20 stands for.</summary>
    public const int BlockSize = 64;

    /// <summary>The key of a box's MAC: the first octets of its keystream.</summary>
    public const int MacKeySize = 32;

    static NaCl()
    {
        if (LibSodium.Init() < 0)
        {
            throw new PlatformNotSupportedException("libsodium cannot be initialised on this machine; CURVE is not available.");
        }
    }

    /// <summary>The public key that belongs to a secret key.</summary>
    public static void DerivePublicKey(ReadOnlySpan<byte> secretKey, Span<byte> publicKey)
    {
        Check(secretKey.Length == KeySize && publicKey.Length == KeySize);
        fixed (byte* n = secretKey, q = publicKey)
        {
            if (LibSodium.ScalarMultBase(q, n) != 0) throw new UnreachableException("libsodium could not derive a public key.");
        }
    }

    /// <summary>Precomputes the key that the owners of the two key pairs share.</summary>
    /// <returns>False when the public key is a point of low order, with which any secret key would yield the same.</returns>
    public static bool TryAgree(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey, Span<byte> sharedKey)
    {
        Check(publicKey.Length == KeySize && secretKey.Length == KeySize && sharedKey.Length == KeySize);
        fixed (byte* pk = publicKey, sk = secretKey, k = sharedKey)
        {
            return LibSodium.BoxBeforeNm(k, pk, sk) == 0;
        }
    }

    /// <summary>Seals into a box. The plaintext may lie in place, <see cref="MacSize"/> octets into the box.</summary>
    public static void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sharedKey, Span<byte> box)
    {
        Check(box.Length == MacSize + plaintext.Length && nonce.Length == NonceSize && sharedKey.Length == KeySize);
        fixed (byte* c = box, m = &MemoryMarshal.GetReference(plaintext), n = nonce, k = sharedKey)
        {
            if (LibSodium.BoxEasyAfterNm(c, m, (ulong)plaintext.Length, n, k) != 0) throw CouldNotSeal();
        }
    }

    /// <summary>Opens a box.</summary>
    /// <returns>False when the box was not sealed with this key and nonce, or is changed; the plaintext is then not written.</returns>
    public static bool TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sharedKey, Span<byte> plaintext)
    {
        Check(box.Length == MacSize + plaintext.Length && nonce.Length == NonceSize && sharedKey.Length == KeySize);
        fixed (byte* c = box, m = &MemoryMarshal.GetReference(plaintext), n = nonce, k = sharedKey)
        {
            return LibSodium.BoxOpenEasyAfterNm(m, c, (ulong)box.Length, n, k) == 0;
        }
    }

    /// <summary>Seals with a key that one party keeps to itself.</summary>
    public static void SealSecret(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key, Span<byte> box)
    {
        Check(box.Length == MacSize + plaintext.Length && nonce.Length == NonceSize && key.Length == KeySize);
        fixed (byte* c = box, m = plaintext, n = nonce, k = key)
        {
            if (LibSodium.SecretBoxEasy(c, m, (ulong)plaintext.Length, n, k) != 0) throw CouldNotSeal();
        }
    }

    /// <summary>Opens what <see cref="SealSecret"/> sealed.</summary>
    public static bool TryOpenSecret(ReadOnlySpan<byte> box, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key, Span<byte> plaintext)
    {
        Check(box.Length == MacSize + plaintext.Length && nonce.Length == NonceSize && key.Length == KeySize);
        fixed (byte* c = box, m = plaintext, n = nonce, k = key)
        {
            return LibSodium.SecretBoxOpenEasy(m, c, (ulong)box.Length, n, k) == 0;
        }
    }

    /// <summary>The first half of XSalsa20: the key of Salsa20 for all nonces with one prefix.</summary>
    public static void DeriveSubkey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix, Span<byte> subkey)
    {
        Check(key.Length == KeySize && prefix.Length == PrefixSize && subkey.Length == KeySize);
        fixed (byte* o = subkey, i = prefix, k = key)
        {
            if (LibSodium.HSalsa20(o, i, k, null) != 0) throw new UnreachableException("libsodium could not derive a subkey.");
        }
    }

    /// <summary>The second half of XSalsa20: input xor keystream. The output may be the input, else they must not overlap.</summary>
    /// <param name="input">What is encrypted or decrypted.</param>
    /// <param name="nonce">The octets of the nonce behind its prefix.</param>
    /// <param name="block">The counter of the first block.</param>
    /// <param name="subkey">What <see cref="DeriveSubkey"/> made of the key and the prefix.</param>
    /// <param name="output">As long as the input.</param>
    public static void Xor(ReadOnlySpan<byte> input, ReadOnlySpan<byte> nonce, ulong block, ReadOnlySpan<byte> subkey, Span<byte> output)
    {
        Check(output.Length == input.Length && nonce.Length == StreamNonceSize && subkey.Length == KeySize);
        fixed (byte* c = output, m = input, n = nonce, k = subkey)
        {
            if (LibSodium.Salsa20Xor(c, m, (ulong)input.Length, n, block, k) != 0) throw CouldNotSeal();
        }
    }

    /// <summary>Poly1305 under a key that is used once.</summary>
    public static void Authenticate(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, Span<byte> mac)
    {
        Check(key.Length == MacKeySize && mac.Length == MacSize);
        fixed (byte* o = mac, m = message, k = key)
        {
            if (LibSodium.Poly1305(o, m, (ulong)message.Length, k) != 0) throw CouldNotSeal();
        }
    }

    private static UnreachableException CouldNotSeal() => new("libsodium could not seal.");

    // Native code trusts these lengths, so they are checked in release builds too.
    private static void Check(bool lengthsFit)
    {
        if (!lengthsFit) throw new ArgumentException("A key, nonce or box has the wrong length.");
    }
}
