using System.Buffers;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 24, section "Grammar":
//
//   initiate = %d8 "INITIATE" metadata

/// <summary>INITIATE of PLAIN, from the client. The data after the name are the metadata as they are.</summary>
internal static class PlainInitiateCommand
{
    public static void Write(ReadOnlySpan<byte> metadata, IBufferWriter<byte> output) =>
        CommandCodec.Write(CommandNames.Initiate, metadata, output);
}
