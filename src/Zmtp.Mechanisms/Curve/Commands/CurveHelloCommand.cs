using System.Buffers;
using System.Buffers.Binary;
using Zmtp.Mechanisms.Interop;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 26, section "The HELLO Command": C' is the client's transient key, S the server's permanent key.
//
//   +---------------+---------+---------+----+-------------+----------------------+
//   | %d5 "HELLO"   | %x1 %x0 | padding | C' | short nonce | Box [64 * %x0](C'->S) |
//   +---------------+---------+---------+----+-------------+----------------------+
//          6             2        72      32        8              16 + 64          = 200
//
// The prose says 70 octets of padding, the grammar 72. 200 in total makes 72 right. The padding keeps the answer smaller than the
// question, so that a server cannot be used to amplify traffic.

/// <summary>HELLO of CURVE, from the client.</summary>
internal static class CurveHelloCommand
{
    private const int NameSize = 1 + 5;
    private const int VersionSize = 2;
    private const int PaddingSize = 72;
    private const int SignatureSize = 64;
    private const int PaddingOffset = NameSize + VersionSize;
    private const int KeyOffset = PaddingOffset + PaddingSize;
    private const int NonceOffset = KeyOffset + CurvePublicKey.Size;
    private const int BoxOffset = NonceOffset + CurveNonce.ShortSize;

    public const int Size = BoxOffset + NaCl.MacSize + SignatureSize;

    private static ReadOnlySpan<byte> Version => [1, 0];

    /// <summary>Writes the body.</summary>
    /// <param name="transientKey">C'.</param>
    /// <param name="shortNonce">The client's first short nonce.</param>
    /// <param name="sharedKey">The key of C' and S.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(ReadOnlySpan<byte> transientKey, ulong shortNonce, ReadOnlySpan<byte> sharedKey, IBufferWriter<byte> output)
    {
        var body = output.GetSpan(Size)[..Size];
        body.Clear();
        CurveCommandName.Write(CommandNames.Hello, body);
        Version.CopyTo(body[NameSize..]);
        transientKey.CopyTo(body[KeyOffset..]);
        BinaryPrimitives.WriteUInt64BigEndian(body[NonceOffset..], shortNonce);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Hello, shortNonce, nonce);
        var box = body[BoxOffset..];
        NaCl.Seal(box[NaCl.MacSize..], nonce, sharedKey, box);
        output.Advance(Size);
    }

    /// <summary>Reads what can be read without a key.</summary>
    /// <exception cref="ZmtpProtocolException">The length, the version or the padding is wrong.</exception>
    public static void Read(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> transientKey, out ulong shortNonce)
    {
        if (body.Length != Size) throw Malformed($"it has {body.Length} octets instead of {Size}");
        if (!body.Slice(NameSize, VersionSize).SequenceEqual(Version)) throw Malformed("its version is not 1.0");
        if (body.Slice(PaddingOffset, PaddingSize).ContainsAnyExcept((byte)0)) throw Malformed("its padding is not zero");
        transientKey = body.Slice(KeyOffset, CurvePublicKey.Size);
        shortNonce = BinaryPrimitives.ReadUInt64BigEndian(body[NonceOffset..]);
    }

    /// <summary>Opens the box, which proves that the client knows S and owns C'.</summary>
    /// <returns>Whether the box opens.</returns>
    /// <exception cref="ZmtpProtocolException">The box opens and does not hold 64 zeros.</exception>
    public static bool TryOpen(ReadOnlySpan<byte> body, ulong shortNonce, ReadOnlySpan<byte> sharedKey)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Hello, shortNonce, nonce);
        Span<byte> signature = stackalloc byte[SignatureSize];
        if (!NaCl.TryOpen(body[BoxOffset..], nonce, sharedKey, signature)) return false;
        if (signature.ContainsAnyExcept((byte)0)) throw Malformed("its box does not hold 64 zeros");
        return true;
    }

    /// <summary>The box opens with none of the server's keys.</summary>
    public static ZmtpProtocolException NotForUs() =>
        new(
            ProtocolError.Cryptographic,
            "The box of the client's HELLO does not open. Check that the client was given this server's public key.");

    public static ZmtpProtocolException Malformed(string what) =>
        new(ProtocolError.MalformedHello, $"The client's HELLO is malformed: {what}.");
}
