using System.Buffers.Binary;
using Xunit;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>What one end sent over one connection, taken apart with nothing but the layout of RFC 23.</summary>
internal sealed class Capture
{
    private const int GreetingLength = 64;

    public Capture(byte[] octets)
    {
        Assert.True(octets.Length >= GreetingLength, $"The capture ends inside the greeting: {Octets.ToHex(octets)}");
        Greeting = octets[..GreetingLength];
        List<RawFrame> frames = [];
        var position = GreetingLength;
        while (position < octets.Length)
        {
            var start = position;
            var flags = octets[position++];
            ulong size = octets[position];
            var sizeLength = 1;
            if ((flags & 0x02) != 0)
            {
                size = BinaryPrimitives.ReadUInt64BigEndian(octets.AsSpan(position));
                sizeLength = 8;
            }

            position += sizeLength;
            Assert.True(
                size <= (ulong)(octets.Length - position),
                $"The capture ends inside a frame: {Octets.ToHex(octets.AsSpan(start, position - start))}");
            frames.Add(new RawFrame(flags, octets[position..(position + (int)size)]));
            position += (int)size;
        }

        Frames = frames;
    }

    public byte[] Greeting { get; }

    /// <summary>All frames after the greeting, those of the handshake included.</summary>
    public IReadOnlyList<RawFrame> Frames { get; }

    /// <summary>The names of the frames that are commands, in order.</summary>
    public IEnumerable<string> CommandNames => Frames.Where(frame => frame.IsCommand).Select(frame => frame.CommandName);
}
