using Xunit;
using Zmtp.Testing;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class GreetingTests
{
    private const string Signature = "FF 00 00 00 00 00 00 00 00 7F";
    private const string Null = "4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    private const string Plain = "50 4C 41 49 4E 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    private const string Curve = "43 55 52 56 45 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    private const string Filler =
        "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

    private static readonly byte[] Null31 = Hex.Octets($"{Signature} 03 01 {Null} 00 {Filler}");

    [Theory]
    [InlineData("NULL", false, Null, "00")]
    [InlineData("PLAIN", false, Plain, "00")]
    [InlineData("PLAIN", true, Plain, "01")]
    [InlineData("CURVE", false, Curve, "00")]
    [InlineData("CURVE", true, Curve, "01")]
    [Spec("ZMTP30-01", "ZMTP30-02", "ZMTP30-03", "ZMTP30-04", "ZMTP30-08", "ZMTP31-01")]
    public void Greeting_Written_HasTheOctetsOfTheSpec(string mechanism, bool asServer, string mechanismOctets, string asServerOctet)
    {
        var destination = Hex.Repeat(0xCC, 66);

        Greeting.Write(mechanism, asServer, destination);

        Assert.Equal(Hex.Octets($"{Signature} 03 01 {mechanismOctets} {asServerOctet} {Filler} CC CC"), destination);
    }

    [Fact]
    [Spec("ZMTP30-03")]
    public void Greeting_MechanismOf20Characters_FillsTheField()
    {
        var destination = new byte[64];

        Greeting.Write("ABCDEFGHIJKLMNOPQRST", false, destination);

        Assert.Equal(Hex.Octets("4142434445464748494A4B4C4D4E4F5051525354 00"), destination[12..33]);
    }

    [Fact]
    public void Greeting_SizesAreThoseOfTheSpec()
    {
        Assert.Equal(10, Greeting.SignatureLength);
        Assert.Equal(20, Greeting.MechanismLength);
        Assert.Equal(64, Greeting.Length);
    }

    [Fact]
    public void Greeting_DestinationTooSmall_IsRefusedAndUnchanged()
    {
        var destination = Hex.Repeat(0xCC, 63);

        Assert.Throws<ArgumentException>("destination", () => Greeting.Write("NULL", false, destination));
        Assert.Equal(Hex.Repeat(0xCC, 63), destination);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Foo")]
    [InlineData("null")]
    [InlineData("A B")]
    [InlineData("NULL ")]
    [InlineData("NULL\0")]
    [InlineData("NÜLL")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU")]
    [Spec("ZMTP30-19")]
    public void MechanismName_OutsideTheGrammar_IsRefused(string mechanism)
    {
        Assert.Throws<ArgumentException>("name", () => Greeting.ThrowIfNotAMechanismName(mechanism));
        Assert.Throws<ArgumentException>(() => Greeting.Write(mechanism, false, new byte[64]));
    }

    [Theory]
    [InlineData("N")]
    [InlineData("CURVE-2")]
    [InlineData("A_B.C+D-0123456789")]
    [InlineData("ABCDEFGHIJKLMNOPQRST")]
    [Spec("ZMTP30-19")]
    public void MechanismName_InsideTheGrammar_IsAccepted(string name) => Greeting.ThrowIfNotAMechanismName(name);

    [Fact]
    [Spec("ZMTP30-15")]
    public void Greeting_EveryTruncation_NeedsMore()
    {
        for (var length = 0; length < 64; length++) Assert.False(Greeting.TryRead(Null31.AsSpan(0, length), out _), $"{length} octets");

        Assert.True(Greeting.TryRead(Null31, out _));
    }

    [Fact]
    public void Greeting_OctetsBehindIt_AreNotLookedAt()
    {
        Assert.True(Greeting.TryRead(Hex.Concat(Null31, Hex.Repeat(0xFF, 100)), out var greeting));
        Assert.True(greeting.MechanismIs("NULL"));
        Assert.False(greeting.AsServer);
    }

    [Theory]
    [InlineData("FF FF FF FF FF FF FF FF")]
    [InlineData("01 02 03 04 05 06 07 08")]
    [InlineData("00 00 00 00 00 00 00 04")]
    [InlineData("9A 3B 77 01 C0 FE 12 80")]
    [Spec("ZMTP30-10")]
    public void Greeting_AnyPadding_IsAccepted(string padding)
    {
        Assert.True(Greeting.TryRead(Hex.Octets($"FF {padding} 7F 03 01 {Null} 00 {Filler}"), out var greeting));
        Assert.True(greeting.MechanismIs("NULL"));
    }

    [Theory]
    [InlineData("03 00", 3, 0)]
    [InlineData("03 01", 3, 1)]
    [InlineData("03 02", 3, 1)]
    [InlineData("03 09", 3, 1)]
    [InlineData("03 FF", 3, 1)]
    [InlineData("04 00", 4, 1)]
    [InlineData("04 09", 4, 1)]
    [InlineData("FF FF", 255, 1)]
    [Spec("ZMTP30-11", "ZMTP31-02", "ZMTP31-03")]
    public void Greeting_Version30OrLater_IsAccepted(string version, int major, int minor)
    {
        Assert.True(Greeting.TryRead(Hex.Octets($"{Signature} {version} {Null} 00 {Filler}"), out var greeting));
        Assert.Equal(major, greeting.Major);
        Assert.Equal(minor, greeting.Minor);
    }

    [Theory]
    [InlineData(Signature + " 00", "ZMTP 1.0")]
    [InlineData(Signature + " 01", "ZMTP 2.0")]
    [InlineData(Signature + " 02", "ZMTP 2.0")]
    [InlineData("FF 00 00 00 00 00 00 00 04 7F 01 05 00 03 41 42 43", "ZMTP 2.0")]
    [InlineData("FF 00 00 00 00 00 00 00 00 7E", "ZMTP 1.0")]
    [InlineData("FF 00 00 00 00 00 00 01 00 00", "ZMTP 1.0")]
    [Spec("ZMTP30-13", "ZMTP30-14", "ZMTP30-92", "ZMTP20-13")]
    public void Greeting_VersionBefore30_IsRefusedWithItsName(string octets, string name)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => Greeting.TryRead(Hex.Octets(octets), out _));

        Assert.Equal(ProtocolError.UnsupportedVersion, error.Error);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Equal(FaultOrigin.Peer, error.Origin);
        Assert.True(error.MayRetry);
    }

    [Fact]
    [Spec("ZMTP30-13", "ZMTP30-14")]
    public void Greeting_VersionBefore30_IsRefusedAtTheOctetThatTells()
    {
        Assert.False(Greeting.TryRead(Hex.Octets("FF 00 00 00 00 00 00 00 00"), out _));
        Assert.Throws<ZmtpProtocolException>(() => Greeting.TryRead(Hex.Octets("FF 00 00 00 00 00 00 00 00 00"), out _));
        Assert.False(Greeting.TryRead(Hex.Octets(Signature), out _));
        Assert.Throws<ZmtpProtocolException>(() => Greeting.TryRead(Hex.Octets($"{Signature} 02"), out _));
    }

    [Theory]
    [InlineData("00", "does not speak ZMTP")]
    [InlineData("00 00 00 00 00 00 00 00", "does not speak ZMTP")]
    [InlineData("FE", "does not speak ZMTP")]
    [InlineData("53 53 48 2D", "does not speak ZMTP")]
    [InlineData("47", "HTTP")]
    [InlineData("47 45 54 20 2F 20 48 54 54 50 2F 31 2E 31 0D 0A", "HTTP")]
    [InlineData("50 4F 53 54 20 2F", "HTTP")]
    [InlineData("50 52 49 20 2A 20 48 54 54 50 2F 32", "HTTP")]
    [InlineData("48 54 54 50 2F 31 2E 31 20 34 30 30", "HTTP")]
    [InlineData("16", "TLS")]
    [InlineData("16 03 01 02 00", "TLS")]
    [InlineData("15 03 03 00 02", "TLS")]
    [InlineData("01 00", "ZMTP 1.0")]
    [InlineData("04 00 41 42 43", "ZMTP 1.0")]
    [Spec("ZMTP30-14", "ZMTP20-13")]
    public void Greeting_FirstOctetNotFF_IsRefusedAtOnceAndNamesWhatItLooksLike(string octets, string name)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => Greeting.TryRead(Hex.Octets(octets), out _));

        Assert.Equal(ProtocolError.NotZmtp, error.Error);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("ZMTP30-14")]
    public void Greeting_EveryFirstOctetButFF_IsRefused()
    {
        for (var first = 0; first < 0xFF; first++)
        {
            var octet = (byte)first;
            var error = Assert.Throws<ZmtpProtocolException>(() => Greeting.TryRead([octet], out _));
            Assert.Equal(ProtocolError.NotZmtp, error.Error);
        }

        Assert.False(Greeting.TryRead([0xFF], out _));
    }

    [Theory]
    [InlineData("NULL", "4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", true)]
    [InlineData("CURVE", Curve, true)]
    [InlineData("ABCDEFGHIJKLMNOPQRST", "41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 50 51 52 53 54", true)]
    [InlineData("NULL", Plain, false)]
    [InlineData("NULL", "6E 75 6C 6C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("NULL", "4E 55 4C 4C 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("NULL", "4E 55 4C 4C 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("NULL", "4E 55 4C 4C 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("NULL", "4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01", false)]
    [InlineData("NULL", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("NULL", "4E 55 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", false)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU", "41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 50 51 52 53 54", false)]
    [Spec("ZMTP30-18")]
    public void MechanismIs_ComparesAll20Octets(string name, string field, bool same)
    {
        Assert.True(Greeting.TryRead(Hex.Octets($"{Signature} 03 01 {field} 00 {Filler}"), out var greeting));
        Assert.Equal(same, greeting.MechanismIs(name));
    }

    [Theory]
    [InlineData("4E 55 4C 4C 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "NULL")]
    [InlineData("4E 55 4C 4C 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 00", @"NULL\x00X")]
    [InlineData("4E 20 0A 1B 7F 80 FF 5C 00 00 00 00 00 00 00 00 00 00 00 00", @"N\x20\x0A\x1B\x7F\x80\xFF\x5C")]
    [InlineData("00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "")]
    public void MechanismText_EscapesWhatCannotBePrinted(string field, string text)
    {
        Assert.True(Greeting.TryRead(Hex.Octets($"{Signature} 03 01 {field} 00 {Filler}"), out var greeting));
        Assert.Equal(text, greeting.MechanismText);
    }

    [Theory]
    [InlineData("00", false)]
    [InlineData("01", true)]
    public void AsServer_IsRead_WhateverTheMechanism(string octet, bool asServer)
    {
        Assert.True(Greeting.TryRead(Hex.Octets($"{Signature} 03 01 {Null} {octet} {Filler}"), out var ofNull));
        Assert.True(Greeting.TryRead(Hex.Octets($"{Signature} 03 01 {Curve} {octet} {Filler}"), out var ofCurve));
        Assert.Equal(asServer, ofNull.AsServer);
        Assert.Equal(asServer, ofCurve.AsServer);
    }

    [Fact]
    public void Greeting_AnyFiller_IsAccepted()
    {
        var octets = Hex.Concat(Null31[..33], Hex.Repeat(0xA5, 31));

        Assert.True(Greeting.TryRead(octets, out var greeting));
        Assert.True(greeting.MechanismIs("NULL"));
    }

    [Fact]
    public void Greeting_KeepsNothingOfTheBuffer()
    {
        var octets = (byte[])Null31.Clone();
        Assert.True(Greeting.TryRead(octets, out var greeting));

        Array.Clear(octets);

        Assert.True(greeting.MechanismIs("NULL"));
    }

    [Fact]
    public void Greeting_Default_MatchesNoMechanism()
    {
        Assert.False(default(Greeting).MechanismIs("NULL"));
        Assert.Equal("", default(Greeting).MechanismText);
    }
}
