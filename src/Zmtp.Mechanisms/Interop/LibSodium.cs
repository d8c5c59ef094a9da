using System.Runtime.InteropServices;

namespace Zmtp.Mechanisms.Interop;

// The native library comes from NuGet's libsodium package, on which NSec.Cryptography depends. NSec's public face has X25519 and
// randomness, but neither crypto_box nor crypto_secretbox (XSalsa20-Poly1305), which CurveZMQ is made of.

/// <summary>The entry points of libsodium that CurveZMQ needs. All lengths are checked by the caller.</summary>
internal static unsafe partial class LibSodium
{
    private const string Library = "libsodium";

    /// <summary>0: initialised now, 1: was initialised before, -1: cannot be used.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_init")]
    public static partial int Init();

    /// <summary>q = n * base point. Returns 0.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_base")]
    public static partial int ScalarMultBase(byte* q, byte* n);

    /// <summary>k = the shared key of a public and a secret key. Returns -1 when pk is a point of low order.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_box_beforenm")]
    public static partial int BoxBeforeNm(byte* k, byte* pk, byte* sk);

    /// <summary>c = MAC and ciphertext, mlen + 16 octets. m may be c + 16.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_box_easy_afternm")]
    public static partial int BoxEasyAfterNm(byte* c, byte* m, ulong mlen, byte* n, byte* k);

    /// <summary>m = plaintext, clen - 16 octets. Returns -1 when the MAC does not match.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_box_open_easy_afternm")]
    public static partial int BoxOpenEasyAfterNm(byte* m, byte* c, ulong clen, byte* n, byte* k);

    /// <summary>c = MAC and ciphertext, mlen + 16 octets.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_secretbox_easy")]
    public static partial int SecretBoxEasy(byte* c, byte* m, ulong mlen, byte* n, byte* k);

    /// <summary>m = plaintext, clen - 16 octets. Returns -1 when the MAC does not match.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_secretbox_open_easy")]
    public static partial int SecretBoxOpenEasy(byte* m, byte* c, ulong clen, byte* n, byte* k);

    /// <summary>o = HSalsa20 of 16 octets under a key; 32 octets. A c of null stands for Salsa20's own constant. Returns 0.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_core_hsalsa20")]
    public static partial int HSalsa20(byte* o, byte* i, byte* k, byte* c);

    /// <summary>c = m xor the keystream from block ic on, mlen octets. m may be c. Returns 0.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_stream_salsa20_xor_ic")]
    public static partial int Salsa20Xor(byte* c, byte* m, ulong mlen, byte* n, ulong ic, byte* k);

    /// <summary>o = Poly1305 of a message under a key for this message alone; 16 octets. Returns 0.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_onetimeauth_poly1305")]
    public static partial int Poly1305(byte* o, byte* m, ulong mlen, byte* k);

    /// <summary>Keeps whole pages from swap and core dumps. Returns -1 when the system's limit is reached.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_mlock")]
    public static partial int MLock(byte* address, nuint length);

    /// <summary>Zeroes pages and undoes <see cref="MLock"/>.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_munlock")]
    public static partial int MUnlock(byte* address, nuint length);
}
