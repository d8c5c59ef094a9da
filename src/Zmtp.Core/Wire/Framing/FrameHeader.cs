using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Zmtp.Wire;

// RFC 23 and RFC 37, section "Framing".
//
//   frame        = flags size body
//   flags        = OCTET                  ; bit 0 MORE, bit 1 LONG, bit 2 COMMAND, bits 3-7 reserved (zero)
//                                         ; so one of 00 01 02 03 04 06: a command has no MORE
//   size         = short-size | long-size ; octets of the body only
//   short-size   = OCTET                  ; LONG = 0: 0 to 255
//   long-size    = 8OCTET                 ; LONG = 1: 0 to 2^63-1, network order

/// <summary>The flags and size in front of each frame's body. Immutable.</summary>
internal readonly struct FrameHeader
{
    /// <summary>Octets of a header with a short size: flags (1), size (1).</summary>
    public const int ShortLength = FlagsLength + ShortSizeLength;

    /// <summary>Octets of a header with a long size: flags (1), size (8).</summary>
    public const int LongLength = FlagsLength + LongSizeLength;

    /// <summary>The largest body, in octets, that a short size can tell.</summary>
    public const int MaxShortBody = byte.MaxValue;

    private const int FlagsLength = 1;
    private const int ShortSizeLength = 1;
    private const int LongSizeLength = 8;

    private const byte CommandAndMore = (byte)(FrameFlags.Command | FrameFlags.More);
    private const byte LongCommand = (byte)(FrameFlags.Command | FrameFlags.Long);

    private readonly byte _flags;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FrameHeader(byte flags, long bodyLength)
    {
        _flags = flags;
        BodyLength = bodyLength;
    }

    /// <summary>The flags without <see cref="FrameFlags.Long"/>.</summary>
    public FrameFlags Flags => (FrameFlags)_flags & ~FrameFlags.Long;

    /// <summary>Octets of the body: 0 to 2^63-1. What the peer declares; compare it with the limit before sizing anything by it.</summary>
    public long BodyLength { get; }

    /// <summary>Octets of this header: <see cref="ShortLength"/> or <see cref="LongLength"/>.</summary>
    public int HeaderLength => (_flags & (byte)FrameFlags.Long) == 0 ? ShortLength : LongLength;

    /// <summary>Whether the frame is a command.</summary>
    public bool IsCommand => (_flags & (byte)FrameFlags.Command) != 0;

    /// <summary>Whether more frames of the same message follow.</summary>
    public bool HasMore => (_flags & (byte)FrameFlags.More) != 0;

    /// <summary>Reads a header. A long size is accepted for any body.</summary>
    /// <param name="buffer">What has arrived, from the flags octet; may hold more than the header.</param>
    /// <param name="header">The header.</param>
    /// <returns>False when the header is not complete and nothing is wrong with it yet.</returns>
    /// <exception cref="ZmtpProtocolException">
    /// <see cref="ProtocolError.MalformedFrame"/>: reserved flags, a command with MORE, or a size above 2^63-1; each as soon as
    /// the octet that shows it is there.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> buffer, out FrameHeader header)
    {
        if (buffer.Length >= ShortLength)
        {
            var flags = buffer[0];
            if (flags is > LongCommand or CommandAndMore) ThrowMalformedFlags(flags);
            if ((flags & (byte)FrameFlags.Long) == 0)
            {
                header = new FrameHeader(flags, buffer[FlagsLength]);
                return true;
            }

            if (buffer.Length >= LongLength)
            {
                var size = BinaryPrimitives.ReadInt64BigEndian(buffer[FlagsLength..]);
                if (size < 0) ThrowSizeTooLarge();
                header = new FrameHeader(flags, size);
                return true;
            }
        }

        header = default;
        ThrowIfMalformedSoFar(buffer);
        return false;
    }

    /// <summary>Octets that the header of a body takes.</summary>
    /// <param name="bodyLength">Octets of the body, not negative.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int GetHeaderLength(long bodyLength) => bodyLength <= MaxShortBody ? ShortLength : LongLength;

    /// <summary>Writes a header, with a short size where the body allows it.</summary>
    /// <param name="flags">None, More or Command; the LONG bit is added where it is needed.</param>
    /// <param name="bodyLength">Octets of the body, not negative.</param>
    /// <param name="destination">Where it goes: at least <see cref="GetHeaderLength"/> octets.</param>
    /// <returns>Octets written.</returns>
    /// <exception cref="ArgumentException">The flags or the length cannot go into a header, or the destination is too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(FrameFlags flags, long bodyLength, Span<byte> destination)
    {
        if (flags is > FrameFlags.More and not FrameFlags.Command) ThrowBadFlags(flags);
        if (bodyLength < 0) ThrowNegative(bodyLength);
        if (destination.Length < GetHeaderLength(bodyLength)) ThrowTooSmall(bodyLength, destination);
        if (bodyLength <= MaxShortBody)
        {
            destination[0] = (byte)flags;
            destination[FlagsLength] = unchecked((byte)bodyLength);
            return ShortLength;
        }

        destination[0] = (byte)(flags | FrameFlags.Long);
        BinaryPrimitives.WriteInt64BigEndian(destination[FlagsLength..], bodyLength);
        return LongLength;
    }

    private static void ThrowIfMalformedSoFar(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty) return;
        var flags = buffer[0];
        if (flags is > LongCommand or CommandAndMore) ThrowMalformedFlags(flags);
        if (buffer.Length > FlagsLength && (buffer[FlagsLength] & 0x80) != 0) ThrowSizeTooLarge();
    }

    private static void ThrowMalformedFlags(byte flags) =>
        throw new ZmtpProtocolException(
            ProtocolError.MalformedFrame,
            flags > (byte)(FrameFlags.More | FrameFlags.Long | FrameFlags.Command)
                ? $"The peer sent a frame with reserved flags set (flags octet {flags:X2}). Check that the other end speaks ZMTP 3."
                : $"The peer sent a command frame with MORE set (flags octet {flags:X2}). Check that the other end speaks ZMTP 3.");

    private static void ThrowSizeTooLarge() =>
        throw new ZmtpProtocolException(
            ProtocolError.MalformedFrame,
            "The peer sent a frame with a size above 2^63-1. Check that the other end speaks ZMTP 3.");

    private static void ThrowBadFlags(FrameFlags flags) =>
        throw new ArgumentException($"A frame header is written with no flag, More or Command, not with {flags}.", nameof(flags));

    private static void ThrowNegative(long bodyLength) =>
        throw new ArgumentOutOfRangeException(nameof(bodyLength), bodyLength, "A frame's body has no negative length.");

    private static void ThrowTooSmall(long bodyLength, Span<byte> destination) =>
        throw new ArgumentException(
            $"The header takes {GetHeaderLength(bodyLength)} octets; the destination has {destination.Length}.", nameof(destination));
}
