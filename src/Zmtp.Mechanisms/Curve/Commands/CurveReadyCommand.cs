using System.Buffers;
using System.Buffers.Binary;
using Zmtp.Mechanisms.Interop;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 26, section "The READY Command":
//
//   +-------------+-------------+-------------------------+
//   | %d5 "READY" | short nonce | Box [metadata](S'->C')  |
//   +-------------+-------------+-------------------------+
//          6             8           16 + metadata          >= 30

/// <summary>READY of CURVE, from the server.</summary>
internal static class CurveReadyCommand
{
    private const int NameSize = 1 + 5;
    private const int NonceOffset = NameSize;
    private const int BoxOffset = NonceOffset + CurveNonce.ShortSize;

    public const int MinSize = BoxOffset + NaCl.MacSize;

    /// <summary>Writes the body.</summary>
    /// <param name="metadata">The server's property list.</param>
    /// <param name="shortNonce">The server's first short nonce.</param>
    /// <param name="sharedKey">The key of S' and C'.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(ReadOnlySpan<byte> metadata, ulong shortNonce, ReadOnlySpan<byte> sharedKey, IBufferWriter<byte> output)
    {
        var size = MinSize + metadata.Length;
        var body = output.GetSpan(size)[..size];
        CurveCommandName.Write(CommandNames.Ready, body);
        BinaryPrimitives.WriteUInt64BigEndian(body[NonceOffset..], shortNonce);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Ready, shortNonce, nonce);
        NaCl.Seal(metadata, nonce, sharedKey, body[BoxOffset..]);
        output.Advance(size);
    }

    /// <summary>Reads what can be read without a key.</summary>
    /// <exception cref="ZmtpProtocolException">The body is too short.</exception>
    public static ulong ReadShortNonce(ReadOnlySpan<byte> body)
    {
        if (body.Length < MinSize) throw Malformed($"it has {body.Length} octets, fewer than {MinSize}");
        return BinaryPrimitives.ReadUInt64BigEndian(body[NonceOffset..]);
    }

    /// <summary>Opens the box.</summary>
    /// <returns>The server's property list.</returns>
    /// <exception cref="ZmtpProtocolException">The box does not open.</exception>
    public static byte[] Open(ReadOnlySpan<byte> body, ulong shortNonce, ReadOnlySpan<byte> sharedKey)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Ready, shortNonce, nonce);
        var box = body[BoxOffset..];
        var metadata = new byte[box.Length - NaCl.MacSize];
        if (NaCl.TryOpen(box, nonce, sharedKey, metadata)) return metadata;
        throw new ZmtpProtocolException(
            ProtocolError.Cryptographic, "The box of the server's READY does not open: it was changed on the way.");
    }

    public static ZmtpProtocolException Malformed(string what) =>
        new(ProtocolError.MalformedReady, $"The server's READY is malformed: {what}.");
}
