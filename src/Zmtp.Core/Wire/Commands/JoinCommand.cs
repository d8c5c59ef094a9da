using System.Buffers;

namespace Zmtp.Wire;

// RFC 37, section "Radio-dish"; RFC 48.
//
//   join       = command-size %d4 "JOIN" group
//   group      = 0*255group-char     ; to the end of the body
//   group-char = %x01-FF

/// <summary>The body of JOIN: a DISH wants the messages of a group.</summary>
internal static class JoinCommand
{
    /// <summary>Octets of a body.</summary>
    /// <param name="groupLength">Octets of the group, 0 to 255.</param>
    public static int GetLength(int groupLength) => CommandCodec.GetLength(CommandNames.Join.Length, groupLength);

    /// <summary>Writes a body.</summary>
    /// <param name="group">0 to 255 octets, none of them zero; copied.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="ArgumentException">The octets are not a group.</exception>
    public static void Write(ReadOnlySpan<byte> group, IBufferWriter<byte> output)
    {
        GroupRules.ThrowIfNotAGroup(group);
        CommandCodec.Write(CommandNames.Join, group, output);
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of a command frame.</param>
    /// <param name="group">The group, part of <paramref name="body"/>.</param>
    /// <returns>False when the body is not a JOIN command or what it holds is not a group.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> group) =>
        CommandCodec.TryReadData(body, CommandNames.Join, out group) && GroupRules.IsGroup(group);
}
