using System.Buffers.Binary;
using Zmtp.Mechanisms.Interop;
using Zmtp.Security;

namespace Zmtp.Mechanisms;

// RFC 26, section "The MESSAGE Command": either way, between the transient keys.
//
//   +---------------+-------------+---------------------+
//   | %d7 "MESSAGE" | short nonce | Box [flags + data]  |
//   +---------------+-------------+---------------------+
//          8               8         16 + 1 + data        >= 33
//
// Flags: bit 0 MORE; bit 1 COMMAND is libzmq's, without which subscriptions and heartbeats do not work; the others are zero.

/// <summary>MESSAGE of CURVE.</summary>
internal static class CurveMessageCommand
{
    public const int FlagsSize = 1;

    /// <summary>Where what was sealed lies in the body: the flags octet, then the data.</summary>
    public const int PayloadOffset = BoxOffset + NaCl.MacSize;

    private const int NameSize = 1 + 7;
    private const int NonceOffset = NameSize;
    private const int BoxOffset = NonceOffset + CurveNonce.ShortSize;
    private const int DataOffset = PayloadOffset + FlagsSize;
    private const byte KnownFlags = (byte)(PayloadFlags.More | PayloadFlags.Command);

    /// <summary>Octets that the body has more than the data.</summary>
    public const int Overhead = DataOffset;

    private static ReadOnlySpan<byte> Name => "\x07MESSAGE"u8;

    /// <summary>Writes the body; its length is that of the data and <see cref="Overhead"/>.</summary>
    public static void Write(PayloadFlags flags, ReadOnlySpan<byte> data, MessageCipher cipher, ulong shortNonce, Span<byte> body)
    {
        Name.CopyTo(body);
        BinaryPrimitives.WriteUInt64BigEndian(body[NonceOffset..], shortNonce);
        cipher.Seal(shortNonce, (byte)flags, data, body[BoxOffset..]);
    }

    /// <summary>Reads what can be read without a key.</summary>
    /// <exception cref="ZmtpProtocolException">It is another command, or too short.</exception>
    public static ulong ReadShortNonce(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Name)) throw NotAMessage(body);
        if (body.Length < Overhead) throw Malformed($"it has {body.Length} octets, fewer than {Overhead}");
        return BinaryPrimitives.ReadUInt64BigEndian(body[NonceOffset..]);
    }

    /// <summary>Opens the box into the payload: the flags octet, then the data. It may lie where its ciphertext does.</summary>
    /// <exception cref="ZmtpProtocolException">The box does not open.</exception>
    public static void Open(ReadOnlySpan<byte> body, MessageCipher cipher, ulong shortNonce, Span<byte> payload)
    {
        if (!cipher.TryOpen(shortNonce, body[BoxOffset..], payload)) throw DoesNotOpen();
    }

    /// <summary>The flags of an opened payload.</summary>
    /// <exception cref="ZmtpProtocolException">A reserved flag is set.</exception>
    public static PayloadFlags ReadFlags(ReadOnlySpan<byte> payload)
    {
        if ((payload[0] & ~KnownFlags) != 0) throw Malformed("it sets flags that are reserved");
        return (PayloadFlags)payload[0];
    }

    private static ZmtpProtocolException NotAMessage(ReadOnlySpan<byte> body)
    {
        if (!Wire.CommandCodec.TryRead(body, out var name, out _))
        {
            return Malformed("it is not a command at all but something in clear text");
        }

        return name.SequenceEqual(Name[1..]) ? Malformed("it is cut off") : HandshakeErrors.Unexpected(name, "MESSAGE");
    }

    private static ZmtpProtocolException DoesNotOpen() =>
        new(ProtocolError.Cryptographic, "The box of the peer's MESSAGE does not open: it was changed on the way.");

    private static ZmtpProtocolException Malformed(string what) =>
        new(ProtocolError.MalformedMessage, $"The peer's MESSAGE is malformed: {what}.");
}
