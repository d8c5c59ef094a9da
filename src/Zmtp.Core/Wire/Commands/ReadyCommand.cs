using System.Buffers;

namespace Zmtp.Wire;

// RFC 23 and RFC 37, section "The NULL Security Mechanism"; RFC 24 for PLAIN. (CURVE's READY holds a box: RFC 26.)
//
//   ready    = command-size %d5 "READY" metadata
//   metadata = *property                  ; see MetadataCodec

/// <summary>The body of READY with clear-text metadata.</summary>
public static class ReadyCommand
{
    /// <summary>Octets of a body.</summary>
    /// <param name="metadataLength">Octets of the encoded metadata.</param>
    public static int GetLength(int metadataLength) => CommandCodec.GetLength(CommandNames.Ready.Length, metadataLength);

    /// <summary>Writes a body.</summary>
    /// <param name="metadata">An encoded property list; copied.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(ReadOnlySpan<byte> metadata, IBufferWriter<byte> output) =>
        CommandCodec.Write(CommandNames.Ready, metadata, output);

    /// <summary>Reads a body. The metadata are not judged here.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="metadata">The encoded property list, part of <paramref name="body"/>.</param>
    /// <returns>False when the body is not a READY command.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> metadata) =>
        CommandCodec.TryReadData(body, CommandNames.Ready, out metadata);
}
