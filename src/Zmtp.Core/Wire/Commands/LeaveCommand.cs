using System.Buffers;

namespace Zmtp.Wire;

// RFC 37, section "Radio-dish"; RFC 48.
//
//   leave      = command-size %d5 "LEAVE" group
//   group      = 0*255group-char     ; to the end of the body
//   group-char = %x01-FF

/// <summary>The body of LEAVE: a DISH gives back a group.</summary>
internal static class LeaveCommand
{
    /// <summary>Octets of a body.</summary>
    /// <param name="groupLength">Octets of the group, 0 to 255.</param>
    public static int GetLength(int groupLength) => CommandCodec.GetLength(CommandNames.Leave.Length, groupLength);

    /// <summary>Writes a body.</summary>
    /// <param name="group">0 to 255 octets, none of them zero; copied.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The octets are not a group.</exception>
    public static void Write(ReadOnlySpan<byte> group, IBufferWriter<byte> output)
    {
        GroupRules.ThrowIfNotAGroup(group);
        CommandCodec.Write(CommandNames.Leave, group, output);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="group">The group, part of <paramref name="body"/>.</param>
    /// <returns>False when the body is not a LEAVE command or what it holds is not a group.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> group) =>
        CommandCodec.TryReadData(body, CommandNames.Leave, out group) && GroupRules.IsGroup(group);
}
