using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class MetadataCodecTests
{
    private const string SocketTypeDealer = "0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52";
    private const string EmptyIdentity = "08 49 64 65 6E 74 69 74 79 00 00 00 00";

    [Fact]
    [Spec("ZMTP30-58", "ZMTP30-59")]
    public void Metadata_WrittenAndRead_HasTheOctetsOfTheSpec()
    {
        var metadata = new ZmtpMetadata(
        [
            new("Socket-Type", "DEALER"u8.ToArray()),
            new("Identity", ReadOnlyMemory<byte>.Empty),
        ]);

        var octets = DirtyBufferWriter.Capture(output => MetadataCodec.Write(metadata, output));
        Assert.Equal(Hex.Octets(SocketTypeDealer + EmptyIdentity), octets);
        Assert.Equal(octets.Length, MetadataCodec.GetLength(metadata));
        Assert.Equal(octets, MetadataCodec.Encode(metadata));

        var read = MetadataCodec.Read(Hex.Octets(SocketTypeDealer + EmptyIdentity));
        Assert.Equal(["Socket-Type", "Identity"], read.Select(property => property.Key));
        Assert.Equal("DEALER", read.GetText("Socket-Type"));
        Assert.True(read.TryGet("Identity", out var identity));
        Assert.True(identity.IsEmpty);
    }

    [Fact]
    public void Metadata_Empty_TakesNoOctets()
    {
        Assert.Empty(MetadataCodec.Encode(ZmtpMetadata.Empty));
        Assert.Equal(0, MetadataCodec.Read([]).Count);
    }

    [Fact]
    [Spec("ZMTP30-50", "ZMTP30-60")]
    public void Metadata_EveryTruncation_IsMalformed()
    {
        var octets = Hex.Octets(SocketTypeDealer + EmptyIdentity);
        var boundary = Hex.Octets(SocketTypeDealer).Length;
        for (var length = 1; length < octets.Length; length++)
        {
            if (length == boundary) continue;
            AssertMalformed(octets[..length]);
        }

        Assert.Equal(1, MetadataCodec.Read(octets.AsSpan(0, boundary)).Count);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("00 00")]
    [InlineData("01 58 00")]
    [InlineData("01 58 00 00 00")]
    [InlineData("FF FF FF FF")]
    [Spec("ZMTP30-60")]
    public void Metadata_OctetsAfterTheLastProperty_AreMalformed(string trailing) =>
        AssertMalformed(Hex.Octets(SocketTypeDealer + trailing));

    [Fact]
    [Spec("ZMTP30-54")]
    public void PropertyName_Empty_IsMalformed() => AssertMalformed(Hex.Octets("00 00 00 00 00"));

    [Fact]
    [Spec("ZMTP30-54")]
    public void PropertyName_Of255Octets_IsTheLongest()
    {
        var octets = Hex.Concat([0xFF], Hex.Repeat(0x41, 255), [0, 0, 0, 1, 0x42]);

        Assert.Equal("B", MetadataCodec.Read(octets).GetText(new string('A', 255)));
        Assert.Equal(octets, MetadataCodec.Encode(new ZmtpMetadata([new(new string('A', 255), "B"u8.ToArray())])));
        Assert.Throws<ArgumentException>(() => new ZmtpMetadata([new(new string('A', 256), default)]));
    }

    [Fact]
    [Spec("ZMTP30-56")]
    public void PropertyName_EveryOctet_OnlyTheGrammarsAreAccepted()
    {
        const string legal = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+";
        for (var value = 0; value <= 0xFF; value++)
        {
            byte[] octets = [3, (byte)'X', (byte)'-', (byte)value, 0, 0, 0, 0];
            if (legal.Contains((char)value, StringComparison.Ordinal))
            {
                Assert.Equal("X-" + (char)value, MetadataCodec.Read(octets).Single().Key);
                continue;
            }

            AssertMalformed(octets);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-a b")]
    [InlineData("X-\u0001")]
    [InlineData("X-é")]
    [Spec("ZMTP30-54", "ZMTP30-56")]
    public void PropertyName_OutsideTheGrammar_CannotBeSent(string name) =>
        Assert.Throws<ArgumentException>(() => new ZmtpMetadata([new(name, default)]));

    [Theory]
    [InlineData("01 58 80 00 00 00")]
    [InlineData("01 58 FF FF FF FF")]
    [InlineData("01 58 7F FF FF FF")]
    [InlineData("01 58 00 00 00 02 41")]
    [Spec("ZMTP30-57")]
    public void PropertyValue_LongerThanTheBody_IsMalformedBeforeAnythingIsSizedByIt(string octets)
    {
        var body = Hex.Octets(octets);
        AssertMalformed(body);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertMalformed(body);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    [InlineData(10_900, false)]
    public void Metadata_OfMoreThan256Properties_AreRefused(int count, bool isRead)
    {
        var octets = Hex.Concat([.. Enumerable.Repeat(Hex.Octets("01 58 00 00 00 00"), count)]);
        if (isRead) Assert.Equal(count, MetadataCodec.Read(octets).Count);
        else AssertMalformed(octets);
    }

    [Theory]
    [InlineData("Socket-Type")]
    [InlineData("SOCKET-TYPE")]
    [InlineData("socket-type")]
    [Spec("ZMTP30-55")]
    public void PropertyName_Case_IsNotSignificant(string name)
    {
        var octets = Hex.Concat([11], Encoding.ASCII.GetBytes(name), [0, 0, 0, 3], "SUB"u8.ToArray());

        Assert.Equal("SUB", MetadataCodec.Read(octets).GetText("Socket-Type"));
    }

    [Fact]
    public void Metadata_Read_KeepsNothingOfTheBuffer()
    {
        var octets = Hex.Octets(SocketTypeDealer);
        var metadata = MetadataCodec.Read(octets);

        Array.Clear(octets);

        Assert.Equal("DEALER", metadata.GetText("Socket-Type"));
    }

    private static void AssertMalformed(byte[] octets)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => MetadataCodec.Read(octets));
        Assert.Equal(ProtocolError.InvalidMetadata, error.Error);
    }
}
