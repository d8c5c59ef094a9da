using System.Buffers;
using System.Buffers.Binary;
using Zmtp.Mechanisms.Interop;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 26, section "The INITIATE Command":
//
//   +----------------+--------+-------------+------------------------------------+
//   | %d8 "INITIATE" | cookie | short nonce | Box [C + vouch + metadata](C'->S') |
//   +----------------+--------+-------------+------------------------------------+
//           9            96          8             16 + 32 + 96 + metadata         >= 257

/// <summary>INITIATE of CURVE, from the client.</summary>
internal static class CurveInitiateCommand
{
    private const int NameSize = 1 + 8;
    private const int CookieOffset = NameSize;
    private const int NonceOffset = CookieOffset + CurveCookie.Size;
    private const int BoxOffset = NonceOffset + CurveNonce.ShortSize;
    private const int MetadataOffset = CurvePublicKey.Size + CurveVouch.Size;

    public const int MinSize = BoxOffset + NaCl.MacSize + MetadataOffset;

    /// <summary>Writes the body.</summary>
    /// <param name="cookie">As WELCOME brought it.</param>
    /// <param name="clientKey">C.</param>
    /// <param name="vouch">The vouch.</param>
    /// <param name="metadata">The client's property list.</param>
    /// <param name="shortNonce">The client's second short nonce.</param>
    /// <param name="sharedKey">The key of C' and S'.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(
        ReadOnlySpan<byte> cookie,
        ReadOnlySpan<byte> clientKey,
        ReadOnlySpan<byte> vouch,
        ReadOnlySpan<byte> metadata,
        ulong shortNonce,
        ReadOnlySpan<byte> sharedKey,
        IBufferWriter<byte> output)
    {
        var size = MinSize + metadata.Length;
        var body = output.GetSpan(size)[..size];
        CurveCommandName.Write(CommandNames.Initiate, body);
        cookie.CopyTo(body[CookieOffset..]);
        BinaryPrimitives.WriteUInt64BigEndian(body[NonceOffset..], shortNonce);
        var box = body[BoxOffset..];
        var payload = box[NaCl.MacSize..];
        clientKey.CopyTo(payload);
        vouch.CopyTo(payload[CurvePublicKey.Size..]);
        metadata.CopyTo(payload[MetadataOffset..]);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Initiate, shortNonce, nonce);
        NaCl.Seal(payload, nonce, sharedKey, box);
        output.Advance(size);
    }

    /// <summary>Reads what can be read without a key.</summary>
    /// <exception cref="ZmtpProtocolException">The body is too short.</exception>
    public static void Read(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> cookie, out ulong shortNonce)
    {
        if (body.Length < MinSize) throw Malformed($"it has {body.Length} octets, fewer than {MinSize}");
        cookie = body.Slice(CookieOffset, CurveCookie.Size);
        shortNonce = BinaryPrimitives.ReadUInt64BigEndian(body[NonceOffset..]);
    }

    /// <summary>Opens the box.</summary>
    /// <returns>C, the vouch and the metadata, one after the other.</returns>
    /// <exception cref="ZmtpProtocolException">The box does not open.</exception>
    public static byte[] Open(ReadOnlySpan<byte> body, ulong shortNonce, ReadOnlySpan<byte> sharedKey)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Initiate, shortNonce, nonce);
        var box = body[BoxOffset..];
        var payload = new byte[box.Length - NaCl.MacSize];
        if (NaCl.TryOpen(box, nonce, sharedKey, payload)) return payload;
        throw new ZmtpProtocolException(
            ProtocolError.Cryptographic, "The box of the client's INITIATE does not open: it was changed on the way.");
    }

    public static ReadOnlyMemory<byte> ClientKey(byte[] payload) => payload.AsMemory(0, CurvePublicKey.Size);

    public static ReadOnlySpan<byte> Vouch(byte[] payload) => payload.AsSpan(CurvePublicKey.Size, CurveVouch.Size);

    public static ReadOnlySpan<byte> Metadata(byte[] payload) => payload.AsSpan(MetadataOffset);

    public static ZmtpProtocolException Malformed(string what) =>
        new(ProtocolError.MalformedInitiate, $"The client's INITIATE is malformed: {what}.");
}
