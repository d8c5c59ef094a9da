using System.Buffers;

namespace Zmtp.Wire;

// RFC 37, section "Publish-Subscribe".
//
//   cancel       = command-size %d6 "CANCEL" subscription
//   subscription = *OCTET                 ; to the end of the body

/// <summary>The body of CANCEL: a subscriber gives back one subscription.</summary>
internal static class CancelCommand
{
    /// <summary>Octets of a body.</summary>
    /// <param name="topicLength">Octets of the topic.</param>
    public static int GetLength(int topicLength) => CommandCodec.GetLength(CommandNames.Cancel.Length, topicLength);

    /// <summary>Writes a body.</summary>
    /// <param name="topic">The topic, of any length; empty stands for every message; copied.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(ReadOnlySpan<byte> topic, IBufferWriter<byte> output) =>
        CommandCodec.Write(CommandNames.Cancel, topic, output);

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="topic">The topic, part of <paramref name="body"/>.</param>
    /// <returns>False when the body is not a CANCEL command.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> topic) =>
        CommandCodec.TryReadData(body, CommandNames.Cancel, out topic);
}
