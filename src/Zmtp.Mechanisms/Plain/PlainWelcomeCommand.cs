using System.Buffers;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 24, section "Grammar":
//
//   welcome = %d7 "WELCOME"

/// <summary>WELCOME of PLAIN, from the server: a name and no data.</summary>
internal static class PlainWelcomeCommand
{
    public static void Write(IBufferWriter<byte> output) => CommandCodec.Write(CommandNames.Welcome, [], output);

    /// <summary>Whether the data after the name are those of a WELCOME: none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data) => data.IsEmpty;
}
