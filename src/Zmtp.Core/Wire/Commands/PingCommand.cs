using System.Buffers;
using System.Buffers.Binary;

namespace Zmtp.Wire;

// RFC 37, section "Connection Heartbeating".
//
//   ping         = command-size %d4 "PING" ping-ttl ping-context
//   ping-ttl     = 2OCTET                 ; tenths of a second, network order; 0 sets no deadline
//   ping-context = 0*16OCTET              ; comes back in PONG

/// <summary>The body of PING.</summary>
internal static class PingCommand
{
    /// <summary>The longest context, in PING and in PONG.</summary>
    public const int MaxContextLength = 16;

    private const int TtlSize = 2;

    /// <summary>Octets of a body.</summary>
    /// <param name="contextLength">Octets of the context, 0 to 16.</param>
    public static int GetLength(int contextLength) => CommandCodec.GetLength(CommandNames.Ping.Length, TtlSize + contextLength);

    /// <summary>Writes a body.</summary>
    /// <param name="ttlTenths">
    /// Tenths of a second, after which the peer may take us for dead; 0 for none. libzmq misreads values above 655.
    /// </param>
    /// <param name="context">0 to 16 octets for the peer to send back.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The context is too long.</exception>
    public static void Write(ushort ttlTenths, ReadOnlySpan<byte> context, IBufferWriter<byte> output)
    {
        ThrowIfTooLong(context);
        var length = GetLength(context.Length);
        var data = CommandCodec.WriteName(CommandNames.Ping, output.GetSpan(length));
        BinaryPrimitives.WriteUInt16BigEndian(data, ttlTenths);
        context.CopyTo(data[TtlSize..]);
        output.Advance(length);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="ttlTenths">Tenths of a second; 0 sets no deadline.</param>
    /// <param name="context">0 to 16 octets of <paramref name="body"/> to send back.</param>
    /// <exception cref="ZmtpProtocolException">
    /// <see cref="ProtocolError.MalformedHeartbeat"/>: not a PING command, no complete ttl, or a context that is too long.
    /// </exception>
    public static void Read(ReadOnlySpan<byte> body, out ushort ttlTenths, out ReadOnlySpan<byte> context)
    {
        if (!CommandCodec.TryReadData(body, CommandNames.Ping, out var data) || data.Length is < TtlSize or > TtlSize + MaxContextLength)
        {
            throw new ZmtpProtocolException(
                ProtocolError.MalformedHeartbeat,
                $"The peer sent a malformed PING command: it has a ttl of {TtlSize} octets and a context of up to {MaxContextLength}. " +
                "Check the peer's heartbeat implementation.");
        }

        ttlTenths = BinaryPrimitives.ReadUInt16BigEndian(data);
        context = data[TtlSize..];
    }

    internal static void ThrowIfTooLong(ReadOnlySpan<byte> context)
    {
        if (context.Length <= MaxContextLength) return;
        throw new ArgumentException($"A heartbeat context has at most {MaxContextLength} octets, not {context.Length}.", nameof(context));
    }
}
