namespace Zmtp.Mechanisms;

/// <summary>
/// Whose code encrypts and authenticates the messages of a CURVE connection. The octets on the wire are the same, so that the two ends
/// may choose differently. Keys and handshake are libsodium's either way.
/// </summary>
public enum CurveCipher
{
    /// <summary>libsodium's Salsa20 and Poly1305. The default.</summary>
    Libsodium = 0,

    /// <summary>
    /// Code of this project: Salsa20 and Poly1305 in C# with the machine's vectors, several times as fast. Nobody has
    /// audited it. It has no branch and no table that depends on secrets, but the compiler of .NET promises nothing about time; tests
    /// hold it to libsodium's octets over lengths, short nonces, keys and vector widths. It keeps keystream for a few messages to come
    /// in memory: 1 KiB or less for each direction, wiped as it is used.
    /// </summary>
    ManagedVector = 1,
}
