using System.Buffers;

namespace Zmtp.Wire;

// RFC 37, section "Connection Heartbeating".
//
//   pong         = command-size %d4 "PONG" ping-context
//   ping-context = 0*16OCTET              ; as it came in PING

/// <summary>The body of PONG.</summary>
internal static class PongCommand
{
    /// <summary>Octets of a body.</summary>
    /// <param name="contextLength">Octets of the context, 0 to 16.</param>
    public static int GetLength(int contextLength) => CommandCodec.GetLength(CommandNames.Pong.Length, contextLength);

    /// <summary>Writes a body.</summary>
    /// <param name="context">The context of the PING that is answered, 0 to 16 octets; copied.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The context is too long.</exception>
    public static void Write(ReadOnlySpan<byte> context, IBufferWriter<byte> output)
    {
        PingCommand.ThrowIfTooLong(context);
        CommandCodec.Write(CommandNames.Pong, context, output);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="context">0 to 16 octets of <paramref name="body"/>.</param>
    /// <exception cref="ZmtpProtocolException">
    /// <see cref="ProtocolError.MalformedHeartbeat"/>: the body is not a PONG command or its context is too long.
    /// </exception>
    public static void Read(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> context)
    {
        if (CommandCodec.TryReadData(body, CommandNames.Pong, out context) && context.Length <= PingCommand.MaxContextLength) return;
        throw new ZmtpProtocolException(
            ProtocolError.MalformedHeartbeat,
            $"The peer sent a malformed PONG command: it takes a context of at most {PingCommand.MaxContextLength} octets. " +
            "Check the peer's heartbeat implementation.");
    }
}
