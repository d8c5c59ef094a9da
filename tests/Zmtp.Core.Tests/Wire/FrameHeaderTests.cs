using Xunit;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class FrameHeaderTests
{
    [Theory]
    [InlineData(FrameFlags.None, 0, "00 00")]
    [InlineData(FrameFlags.None, 5, "00 05")]
    [InlineData(FrameFlags.More, 1, "01 01")]
    [InlineData(FrameFlags.Command, 41, "04 29")]
    [InlineData(FrameFlags.None, 255, "00 FF")]
    [InlineData(FrameFlags.More, 255, "01 FF")]
    [InlineData(FrameFlags.Command, 255, "04 FF")]
    [InlineData(FrameFlags.None, 256, "02 00 00 00 00 00 00 01 00")]
    [InlineData(FrameFlags.More, 256, "03 00 00 00 00 00 00 01 00")]
    [InlineData(FrameFlags.Command, 256, "06 00 00 00 00 00 00 01 00")]
    [InlineData(FrameFlags.None, 0x0102030405060708, "02 01 02 03 04 05 06 07 08")]
    [InlineData(FrameFlags.None, long.MaxValue, "02 7F FF FF FF FF FF FF FF")]
    [Spec("ZMTP30-25", "ZMTP30-26", "ZMTP30-38", "ZMTP30-39")]
    public void Header_WrittenAndRead_HasTheOctetsOfTheSpec(Enum flags, long bodyLength, string octets)
    {
        var expected = Hex.Octets(octets);
        var destination = Hex.Repeat(0xCC, 10);

        Assert.Equal(expected.Length, FrameHeader.Write((FrameFlags)flags, bodyLength, destination));
        Assert.Equal(expected.Length, FrameHeader.GetHeaderLength(bodyLength));
        Assert.Equal(expected, destination[..expected.Length]);
        Assert.Equal(Hex.Repeat(0xCC, 10 - expected.Length), destination[expected.Length..]);

        Assert.True(FrameHeader.TryRead(expected, out var header));
        AssertHeader(header, (FrameFlags)flags, bodyLength, expected.Length);
    }

    [Theory]
    [InlineData("02 00 00 00 00 00 00 00 00", FrameFlags.None, 0)]
    [InlineData("02 00 00 00 00 00 00 00 01 41", FrameFlags.None, 1)]
    [InlineData("03 00 00 00 00 00 00 00 FF", FrameFlags.More, 255)]
    [InlineData("06 00 00 00 00 00 00 00 1A 05 52", FrameFlags.Command, 26)]
    [Spec("ZMTP30-27", "ZMTP30-40")]
    public void Header_LongSizeOfASmallBody_IsAccepted(string octets, Enum flags, long bodyLength)
    {
        Assert.True(FrameHeader.TryRead(Hex.Octets(octets), out var header));
        AssertHeader(header, (FrameFlags)flags, bodyLength, 9);
    }

    [Theory]
    [InlineData("00 05")]
    [InlineData("04 FF")]
    [InlineData("02 00 00 00 00 00 00 01 00")]
    [InlineData("03 7F FF FF FF FF FF FF FF")]
    [InlineData("06 00 00 00 00 00 00 00 1A")]
    public void Header_EveryTruncation_NeedsMore(string octets)
    {
        var header = Hex.Octets(octets);
        for (var length = 0; length < header.Length; length++)
        {
            Assert.False(FrameHeader.TryRead(header.AsSpan(0, length), out _), $"{length} octets");
        }

        Assert.True(FrameHeader.TryRead(header, out _));
    }

    [Fact]
    [Spec("ZMTP30-35", "ZMTP30-36", "ZMTP30-37")]
    public void Flags_AllOctets_OnlySixAreAcceptedFromTheFirstOctetOn()
    {
        byte[] legal = [0, 1, 2, 3, 4, 6];
        for (var value = 0; value <= 0xFF; value++)
        {
            var flags = (byte)value;
            foreach (var length in new[] { 1, 2, 9, 20 })
            {
                var octets = new byte[length];
                octets[0] = flags;
                if (legal.Contains(flags))
                {
                    Assert.Equal(length >= ((flags & 2) == 0 ? 2 : 9), FrameHeader.TryRead(octets, out _));
                    continue;
                }

                var error = Assert.Throws<ZmtpProtocolException>(() => FrameHeader.TryRead(octets, out _));
                Assert.Equal(ProtocolError.MalformedFrame, error.Error);
            }
        }
    }

    [Theory]
    [InlineData("08 01 41", "reserved")]
    [InlineData("80", "reserved")]
    [InlineData("05 05 04 50 4F 4E 47", "MORE")]
    [InlineData("07", "MORE")]
    [Spec("ZMTP30-36", "ZMTP30-37")]
    public void Flags_Illegal_SayWhich(string octets, string word)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => FrameHeader.TryRead(Hex.Octets(octets), out _));

        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.True(error.IsFatal);
    }

    [Theory]
    [InlineData("02 80 00 00 00 00 00 00 00")]
    [InlineData("03 FF FF FF FF FF FF FF FF")]
    [InlineData("06 80 00 00 00 00 00 00 01")]
    [InlineData("02 80")]
    [InlineData("02 FF 00 00")]
    [Spec("ZMTP30-41")]
    public void Size_Above2To63Minus1_IsMalformed(string octets)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => FrameHeader.TryRead(Hex.Octets(octets), out _));

        Assert.Equal(ProtocolError.MalformedFrame, error.Error);
    }

    [Fact]
    [Spec("ZMTP30-37")]
    public void Write_FlagsThatNoHeaderHas_AreRefused()
    {
        for (var value = 0; value <= 0xFF; value++)
        {
            var flags = (FrameFlags)value;
            if (flags is FrameFlags.None or FrameFlags.More or FrameFlags.Command) continue;
            Assert.Throws<ArgumentException>("flags", () => FrameHeader.Write(flags, 1, new byte[9]));
        }
    }

    [Fact]
    public void Write_NegativeLength_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>("bodyLength", () => FrameHeader.Write(FrameFlags.None, -1, new byte[9]));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(255, 1)]
    [InlineData(256, 8)]
    [InlineData(256, 2)]
    public void Write_DestinationTooSmall_IsRefusedAndUnchanged(long bodyLength, int available)
    {
        var destination = Hex.Repeat(0xCC, available);

        Assert.Throws<ArgumentException>("destination", () => FrameHeader.Write(FrameFlags.None, bodyLength, destination));
        Assert.Equal(Hex.Repeat(0xCC, available), destination);
    }

    [Fact]
    public void Header_SizesAreThoseOfTheSpec()
    {
        Assert.Equal(2, FrameHeader.ShortLength);
        Assert.Equal(9, FrameHeader.LongLength);
        Assert.Equal(255, FrameHeader.MaxShortBody);
    }

    // Appendix A6 of the conformance matrix: the header and what is left behind it.
    [Theory]
    [InlineData("00 05 68 65 6C 6C 6F", FrameFlags.None, 5)]
    [InlineData("01 01 61 00 01 62", FrameFlags.More, 1)]
    [InlineData("01 00 00 05 68 65 6C 6C 6F", FrameFlags.More, 0)]
    [InlineData("01 01 67 00 01 78", FrameFlags.More, 1)]
    [Spec("ZMTP30-38")]
    public void Header_InFrontOfABody_ReadsOnlyItself(string octets, Enum flags, long bodyLength)
    {
        Assert.True(FrameHeader.TryRead(Hex.Octets(octets), out var header));
        AssertHeader(header, (FrameFlags)flags, bodyLength, 2);
    }

    private static void AssertHeader(FrameHeader header, FrameFlags flags, long bodyLength, int headerLength)
    {
        Assert.Equal(flags, header.Flags);
        Assert.Equal(bodyLength, header.BodyLength);
        Assert.Equal(headerLength, header.HeaderLength);
        Assert.Equal(flags == FrameFlags.More, header.HasMore);
        Assert.Equal(flags == FrameFlags.Command, header.IsCommand);
    }
}
