using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

/// <summary>Puts the header of a command, or of a message of one frame, in front of a body.</summary>
internal static class CommandFrame
{
    public static byte[] Of(byte[] body) => Of(FrameFlags.Command, body);

    public static byte[] Of(FrameFlags flags, byte[] body)
    {
        var header = new byte[FrameHeader.LongLength];
        var length = FrameHeader.Write(flags, body.Length, header);
        return Hex.Concat(header[..length], body);
    }
}
