using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// RFC 26, section "The INITIATE Command": C is the client's permanent key. The vouch of CurveCP holds C' only; with S in it, a server
// cannot pass the vouch on and pose as the client elsewhere.
//
//   +------------+-----------------------+
//   | long nonce | Box [C' + S](C->S')   |
//   +------------+-----------------------+
//        16          16 + 32 + 32          = 96

/// <summary>The vouch: the client's proof that it owns C, and that C stands behind C' in front of S.</summary>
internal static class CurveVouch
{
    private const int BoxOffset = CurveNonce.LongSize;
    private const int PayloadSize = CurvePublicKey.Size + CurvePublicKey.Size;

    public const int Size = BoxOffset + NaCl.MacSize + PayloadSize;

    /// <summary>Writes a vouch.</summary>
    /// <param name="clientTransientKey">C'.</param>
    /// <param name="serverKey">S.</param>
    /// <param name="random">Where the nonce comes from.</param>
    /// <param name="sharedKey">The key of C and S'.</param>
    /// <param name="vouch">Receives <see cref="Size"/> octets.</param>
    public static void Write(
        ReadOnlySpan<byte> clientTransientKey,
        ReadOnlySpan<byte> serverKey,
        IRandomSource random,
        ReadOnlySpan<byte> sharedKey,
        Span<byte> vouch)
    {
        var longNonce = vouch[..CurveNonce.LongSize];
        random.Fill(longNonce);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Vouch, longNonce, nonce);
        var box = vouch[BoxOffset..Size];
        var payload = box[NaCl.MacSize..];
        clientTransientKey.CopyTo(payload);
        serverKey.CopyTo(payload[CurvePublicKey.Size..]);
        NaCl.Seal(payload, nonce, sharedKey, box);
    }

    /// <summary>Opens a vouch and makes sure that it is for this handshake and this server.</summary>
    /// <exception cref="ZmtpProtocolException">It does not open, or vouches for another C' or towards another S.</exception>
    public static void Verify(
        ReadOnlySpan<byte> vouch, ReadOnlySpan<byte> sharedKey, ReadOnlySpan<byte> clientTransientKey, ReadOnlySpan<byte> serverKey)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Vouch, vouch[..CurveNonce.LongSize], nonce);
        Span<byte> payload = stackalloc byte[PayloadSize];
        if (!NaCl.TryOpen(vouch[BoxOffset..], nonce, sharedKey, payload))
        {
            throw new ZmtpProtocolException(
                ProtocolError.Cryptographic, "The client's vouch does not open: the client does not own the permanent key that it shows.");
        }

        if (!payload[..CurvePublicKey.Size].SequenceEqual(clientTransientKey))
        {
            throw new ZmtpProtocolException(
                ProtocolError.KeyExchange, "The client's vouch is for another connection: its transient key is not that of HELLO.");
        }

        if (!payload[CurvePublicKey.Size..].SequenceEqual(serverKey))
        {
            throw new ZmtpProtocolException(
                ProtocolError.KeyExchange,
                "The client's vouch is for another server. Check that nobody relays connections to this server.");
        }
    }
}
