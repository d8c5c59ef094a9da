using System.Runtime.InteropServices;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Zap.Tests;

public sealed class ZapRequestTests
{
    private static readonly string Key = new([.. Enumerable.Range(1, 32).Select(octet => (char)octet)]);

    [Fact]
    [Spec("ZAP-10", "ZAP-12", "ZAP-15", "ZAP-40", "ZAP-41")]
    public void REQUEST_Null_HasSixFramesAndNoCredentials()
    {
        var frames = ZapRequest.Encode(Frames.Octets("7"), new AuthenticationRequest("test", "127.0.0.1", default, "NULL", []));
        Assert.Equal(["\x31\x2E\x30", "7", "test", "127.0.0.1", "", "\x4E\x55\x4C\x4C"], Frames.Text(frames));
    }

    [Fact]
    [Spec("ZAP-16", "ZAP-42", "ZAP-43")]
    public void REQUEST_Plain_HasUserNameAndPassword()
    {
        var frames = ZapRequest.Encode(Frames.Octets("1"), Frames.Plain("admin", "secret", "", "::1"));
        Assert.Equal(["1.0", "1", "", "::1", "", "PLAIN", "admin", "secret"], Frames.Text(frames));
    }

    [Fact]
    [Spec("ZAP-14", "ZAP-16", "ZAP-44", "ZAP-45")]
    public void REQUEST_Curve_HasIdentityAndTheKeyIn32Octets()
    {
        var request = new AuthenticationRequest("test", "127.0.0.1", Frames.Octets("ABC"), "CURVE", Frames.Of(Key));
        var frames = ZapRequest.Encode(Frames.Octets("1"), request);
        Assert.Equal(["1.0", "1", "test", "127.0.0.1", "ABC", "CURVE", Key], Frames.Text(frames));
    }

    [Fact]
    public void REQUEST_Encode_CopiesWhatIsOnlyLent()
    {
        var password = Frames.Octets("secret");
        var frames = ZapRequest.Encode(default, new AuthenticationRequest("", "", default, "PLAIN", [Frames.Octets("a"), password]));
        password.AsSpan().Clear();
        Assert.Equal("secret", Frames.Text(frames)[^1]);
    }

    /// <summary>What the collector moves it leaves behind, where nobody can erase it.</summary>
    [Fact]
    public void REQUEST_CopiesOfCredentials_StayWhereTheyAre()
    {
        var frames = ZapRequest.Encode(default, Frames.Plain("joe", "secret"));
        Assert.True(MemoryMarshal.TryGetArray(frames[^1], out var password));

        // A small object that is new and yet in the oldest generation is one that was made to stay.
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(password.Array!));
    }

    [Theory]
    [Spec("ZAP-17")]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void REQUEST_DomainLength_IsAtMost255(int length, bool isAllowed)
    {
        var request = Frames.Null(new string('d', length));
        if (isAllowed)
        {
            Assert.Equal(length, ZapRequest.Encode(default, request)[2].Length);
            return;
        }

        var error = Assert.Throws<ArgumentException>(() => ZapRequest.Encode(default, request));
        Assert.Contains("domain", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("ZAP-17")]
    public void REQUEST_DomainNotAscii_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ZapRequest.Encode(default, Frames.Null("café")));

    [Fact]
    [Spec("ZAP-14")]
    public void REQUEST_IdentityOf256Octets_IsRefusedBothWays()
    {
        var request = new AuthenticationRequest("", "", new byte[256], "NULL", []);
        Assert.Throws<ArgumentException>(() => ZapRequest.Encode(default, request));
        Assert.Throws<FormatException>(() => ZapRequest.Decode(Frames.Of("1.0", "1", "", "", new string('i', 256), "NULL")));
    }

    [Fact]
    [Spec("ZAP-11", "ZAP-43")]
    public void REQUEST_Decode_GivesBackEveryField()
    {
        var request = ZapRequest.Decode(Frames.Of("1.0", "\0\xFF", "global", "10.0.0.1", "ID", "PLAIN", "joe", "pw=1"));
        Assert.Equal([0, 0xFF], request.RequestId.ToArray());
        Assert.Equal(("global", "10.0.0.1", "PLAIN"), (request.Facts.Domain, request.Facts.Address, request.Facts.Mechanism));
        Assert.Equal("ID"u8.ToArray(), request.Facts.Identity.ToArray());
        Assert.Equal(["joe", "pw=1"], Frames.Text(request.Facts.Credentials));
    }

    [Fact]
    [Spec("ZAP-16")]
    public void REQUEST_OtherMechanism_MayHaveAnyCredentials()
    {
        var request = ZapRequest.Decode(Frames.Of("1.0", "", "", "", "", "GSSAPI", "principal"));
        Assert.Equal(["principal"], Frames.Text(request.Facts.Credentials));
    }

    public static TheoryData<string, string[]> Malformed => new()
    {
        { "frames", ["1.0", "1", "d", "a", "i"] },
        { "version", ["2.0", "1", "d", "a", "i", "NULL"] },
        { "version", ["1.0 ", "1", "d", "a", "i", "NULL"] },
        { "domain", ["1.0", "1", new string('d', 256), "a", "i", "NULL"] },
        { "domain", ["1.0", "1", "\xE9", "a", "i", "NULL"] },
        { "address", ["1.0", "1", "d", new string('a', 256), "i", "NULL"] },
        { "mechanism", ["1.0", "1", "d", "a", "i", ""] },
        { "0 credential", ["1.0", "1", "d", "a", "i", "NULL", "x"] },
        { "2 credential", ["1.0", "1", "d", "a", "i", "PLAIN", "x"] },
        { "2 credential", ["1.0", "1", "d", "a", "i", "PLAIN", "x", "y", "z"] },
        { "255", ["1.0", "1", "d", "a", "i", "PLAIN", "x", new string('p', 256)] },
        { "1 credential", ["1.0", "1", "d", "a", "i", "CURVE"] },
        { "32 octets", ["1.0", "1", "d", "a", "i", "CURVE", Key + "x"] },
        { "32 octets", ["1.0", "1", "d", "a", "i", "CURVE", new string('0', 40)] },
    };

    [Theory]
    [Spec("ZAP-10", "ZAP-15", "ZAP-16", "ZAP-17", "ZAP-45")]
    [MemberData(nameof(Malformed))]
    public void REQUEST_Malformed_IsRefusedWithTheRule(string rule, string[] frames)
    {
        var error = Assert.Throws<FormatException>(() => ZapRequest.Decode(Frames.Of(frames)));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }
}
