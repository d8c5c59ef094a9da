using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// The box of a MESSAGE is crypto_box's, in NaCl's words: XSalsa20 over 32 zero octets and the payload gives the key of Poly1305 and the
// ciphertext; the MAC of the ciphertext comes first.
//
//   keystream   | MAC key | flags | data |       XSalsa20(key, prefix, short nonce), from block 0 on
//                   32        1
//   box         |   MAC   | flags | data |       the two xor the keystream, the MAC over both
//                   16        1
//
// XSalsa20 is Salsa20 under a subkey that HSalsa20 derives from the key and the first 16 octets of the nonce. These are the prefix,
// which a direction never changes: so the subkey is derived once, where crypto_box derives it for every message.

/// <summary>
/// Seals, or opens, the boxes of one direction. Its octets are those of crypto_box. It does not care for the order of short nonces;
/// that no two boxes are sealed with the same one is the caller's duty. One thread at a time.
/// </summary>
internal abstract class MessageCipher : ISecret
{
    /// <summary>Where the flags octet meets the keystream.</summary>
    protected const int FlagsPosition = NaCl.MacKeySize;

    /// <summary>Where the data meet the keystream.</summary>
    protected const int DataPosition = FlagsPosition + CurveMessageCommand.FlagsSize;

    /// <summary>Where the data lie in the box.</summary>
    protected const int DataOffset = NaCl.MacSize + CurveMessageCommand.FlagsSize;

    public abstract bool IsZero { get; }

    /// <param name="cipher">Which code does it.</param>
    /// <param name="key">The shared key.</param>
    /// <param name="prefix">The first 16 octets of every nonce of the direction.</param>
    public static MessageCipher Create(CurveCipher cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix) =>
        cipher == CurveCipher.ManagedVector ? new VectorCipher(Salsa20.Widest, key, prefix) : new LibsodiumCipher(key, prefix);

    /// <summary>Seals the flags octet and the data.</summary>
    /// <param name="shortNonce">Never used before in this direction.</param>
    /// <param name="flags">The first octet of the payload.</param>
    /// <param name="data">The rest of it. Must not overlap the box.</param>
    /// <param name="box">Exactly the MAC, the flags octet and the data.</param>
    public abstract void Seal(ulong shortNonce, byte flags, ReadOnlySpan<byte> data, Span<byte> box);

    /// <summary>Opens a box; its MAC is verified before the first octet of plaintext exists.</summary>
    /// <param name="shortNonce">That of the box.</param>
    /// <param name="box">The MAC, then the ciphertext.</param>
    /// <param name="payload">The flags octet and the data: as long as the ciphertext. May be the ciphertext, else must not overlap the box.</param>
    /// <returns>False when the box was not sealed with this key and nonce, or is changed; the payload is then not written.</returns>
    public abstract bool TryOpen(ulong shortNonce, ReadOnlySpan<byte> box, Span<byte> payload);

    /// <summary>Zeroes the subkey and all keystream.</summary>
    public abstract void Dispose();

    protected static void CheckSeal(ReadOnlySpan<byte> data, Span<byte> box)
    {
        if (box.Length != DataOffset + data.Length) throw new ArgumentException("The box does not fit the data.", nameof(box));
    }

    protected static void CheckOpen(ReadOnlySpan<byte> box, Span<byte> payload)
    {
        if (payload.Length < CurveMessageCommand.FlagsSize || box.Length != NaCl.MacSize + payload.Length)
        {
            throw new ArgumentException("The payload does not fit the box.", nameof(payload));
        }
    }
}
