using System.Runtime.InteropServices;
using Xunit;

namespace Zmtp.Testing.Curve;

/// <summary>crypto_box and crypto_secretbox for the scripted CURVE peers, called without any code under test.</summary>
public static partial class Sodium
{
    private const string Library = "libsodium";
    private const int KeyLength = 32;
    private const int NonceLength = 24;
    private const int MacLength = 16;

    static Sodium() => Assert.True(sodium_init() >= 0, "libsodium does not start.");

    /// <summary>A fresh key pair.</summary>
    public static CurveKeys GenerateKeys()
    {
        var keys = new CurveKeys(new byte[KeyLength], new byte[KeyLength]);
        Assert.Equal(0, crypto_box_keypair(keys.Public, keys.Secret));
        return keys;
    }

    /// <summary>The public key that belongs to a secret key.</summary>
    public static byte[] DerivePublic(byte[] secret)
    {
        byte[] key = new byte[KeyLength];
        Assert.Equal(0, crypto_scalarmult_base(key, secret));
        return key;
    }

    /// <summary>Random octets.</summary>
    public static byte[] Random(int count)
    {
        byte[] octets = new byte[count];
        randombytes_buf(octets, (nuint)count);
        return octets;
    }

    /// <summary>Box[plaintext](secret -> public), 16 octets longer.</summary>
    public static byte[] Box(byte[] plaintext, byte[] nonce, byte[] toPublic, byte[] fromSecret)
    {
        CheckLengths(nonce, toPublic, fromSecret);
        byte[] box = new byte[plaintext.Length + MacLength];
        Assert.Equal(0, crypto_box_easy(box, plaintext, (ulong)plaintext.Length, nonce, toPublic, fromSecret));
        return box;
    }

    /// <summary>Opens a box, or returns null.</summary>
    public static byte[]? OpenBox(byte[] box, byte[] nonce, byte[] fromPublic, byte[] toSecret)
    {
        CheckLengths(nonce, fromPublic, toSecret);
        if (box.Length < MacLength)
        {
            return null;
        }

        byte[] plaintext = new byte[box.Length - MacLength];
        return crypto_box_open_easy(plaintext, box, (ulong)box.Length, nonce, fromPublic, toSecret) == 0 ? plaintext : null;
    }

    /// <summary>A secretbox, 16 octets longer.</summary>
    public static byte[] SecretBox(byte[] plaintext, byte[] nonce, byte[] key)
    {
        CheckLengths(nonce, key, key);
        byte[] box = new byte[plaintext.Length + MacLength];
        Assert.Equal(0, crypto_secretbox_easy(box, plaintext, (ulong)plaintext.Length, nonce, key));
        return box;
    }

    /// <summary>Opens a secretbox, or returns null.</summary>
    public static byte[]? OpenSecretBox(byte[] box, byte[] nonce, byte[] key)
    {
        CheckLengths(nonce, key, key);
        if (box.Length < MacLength)
        {
            return null;
        }

        byte[] plaintext = new byte[box.Length - MacLength];
        return crypto_secretbox_open_easy(plaintext, box, (ulong)box.Length, nonce, key) == 0 ? plaintext : null;
    }

    private static void CheckLengths(byte[] nonce, byte[] first, byte[] second)
    {
        Assert.Equal(NonceLength, nonce.Length);
        Assert.Equal(KeyLength, first.Length);
        Assert.Equal(KeyLength, second.Length);
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial int crypto_box_keypair([Out] byte[] publicKey, [Out] byte[] secretKey);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_base([Out] byte[] publicKey, byte[] secretKey);

    [LibraryImport(Library)]
    private static partial void randombytes_buf([Out] byte[] octets, nuint count);

    [LibraryImport(Library)]
    private static partial int crypto_box_easy(
        [Out] byte[] box, byte[] plaintext, ulong length, byte[] nonce, byte[] toPublic, byte[] fromSecret);

    [LibraryImport(Library)]
    private static partial int crypto_box_open_easy(
        [Out] byte[] plaintext, byte[] box, ulong length, byte[] nonce, byte[] fromPublic, byte[] toSecret);

    [LibraryImport(Library)]
    private static partial int crypto_secretbox_easy([Out] byte[] box, byte[] plaintext, ulong length, byte[] nonce, byte[] key);

    [LibraryImport(Library)]
    private static partial int crypto_secretbox_open_easy(
        [Out] byte[] plaintext, byte[] box, ulong length, byte[] nonce, byte[] key);
}
