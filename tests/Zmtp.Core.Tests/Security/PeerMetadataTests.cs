using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Security;

public class PeerMetadataTests
{
    [Theory]
    [InlineData("")]
    [InlineData("41 42 43")]
    [InlineData("41 00")]
    [Spec("ZMTP30-59", "ZMTP30-71", "ZMTP31-16")]
    public void Identity_InsideTheGrammar_IsAccepted(string identity)
    {
        var metadata = HandshakeContext.ReadPeerMetadata(Property("Identity", Hex.Octets(identity)));

        Assert.True(metadata.TryGet("Identity", out var value));
        Assert.Equal(Hex.Octets(identity), value.ToArray());
    }

    [Theory]
    [InlineData("00")]
    [InlineData("00 41")]
    [Spec("ZMTP31-16")]
    public void Identity_ThatBeginsWithZero_IsRefused(string identity) =>
        AssertRefused(ProtocolError.InvalidIdentity, Property("Identity", Hex.Octets(identity)));

    [Fact]
    [Spec("ZMTP30-71")]
    public void Identity_Of255Octets_IsTheLongest()
    {
        Assert.Equal(1, HandshakeContext.ReadPeerMetadata(Property("Identity", Hex.Repeat(0x41, 255))).Count);
        AssertRefused(ProtocolError.InvalidIdentity, Property("Identity", Hex.Repeat(0x41, 256)));
    }

    /// <summary>Whichever of the two comes first, and however often the other.</summary>
    [Theory]
    [InlineData("PUSH", false)]
    [InlineData("SUB", true)]
    [Spec("ZMTP30-70")]
    public void Identity_OfATypeThatHasNone_IsLeftOut(string type, bool comesFirst)
    {
        var socketType = Property("Socket-Type", Encoding.ASCII.GetBytes(type));
        var identities = Hex.Concat(Property("Identity", [0, 1]), Property("identity", Hex.Repeat(0x41, 256)));

        var metadata = HandshakeContext.ReadPeerMetadata(comesFirst ? Hex.Concat(identities, socketType) : Hex.Concat(socketType, identities));

        Assert.Equal(["Socket-Type"], metadata.Select(static one => one.Key));
    }

    [Theory]
    [InlineData("Identity", "Identity")]
    [InlineData("Identity", "IDENTITY")]
    [InlineData("Socket-Type", "Socket-Type")]
    [InlineData("socket-type", "Socket-Type")]
    [Spec("ZMTP30-55")]
    public void Property_SentTwice_IsRefused(string first, string second) =>
        AssertRefused(
            ProtocolError.InvalidMetadata, Hex.Concat(Property(first, "SUB"u8.ToArray()), Property(second, "SUB"u8.ToArray())));

    [Fact]
    public void Property_OfTheApplication_IsReadable()
    {
        var properties = Hex.Concat(Property("X-foo", "1"u8.ToArray()), Property("X-foo", "2"u8.ToArray()));
        var metadata = HandshakeContext.ReadPeerMetadata(properties);

        Assert.Equal("1", metadata.GetText("x-FOO"));
        Assert.Equal(2, metadata.Count);
    }

    [Theory]
    [InlineData("SOCKET-TYPE", "DEALER", true)]
    [InlineData("socket-type", "DEALER", true)]
    [InlineData("socket-type", "PUB", false)]
    [Spec("ZMTP30-55")]
    public void SocketType_InAnyCaseOfItsName_IsJudged(string name, string token, bool accepted)
    {
        var metadata = HandshakeContext.ReadPeerMetadata(Property(name, Encoding.ASCII.GetBytes(token)));

        Assert.Equal(accepted, Context(SocketType.Router).CheckSocketType(metadata) is null);
    }

    [Theory]
    [InlineData("dealer")]
    [InlineData("DEALER ")]
    [InlineData("DEALER\0")]
    [InlineData("FOO")]
    [InlineData("")]
    [Spec("ZMTP30-66", "ZMTP30-67", "ZMTP31-17")]
    public void SocketType_Unknown_IsRefused(string token)
    {
        var metadata = HandshakeContext.ReadPeerMetadata(Property("Socket-Type", Encoding.ASCII.GetBytes(token)));

        AssertIncompatible(Context(SocketType.Router).CheckSocketType(metadata));
    }

    [Fact]
    [Spec("ZMTP30-67")]
    public void SocketType_Missing_IsRefused() => AssertIncompatible(Context(SocketType.Router).CheckSocketType(ZmtpMetadata.Empty));

    private static void AssertIncompatible(ZmtpProtocolException? error)
    {
        Assert.NotNull(error);
        Assert.Equal(ProtocolError.IncompatibleSocketType, error.Error);
        Assert.False(error.MayRetry);
    }

    private static void AssertRefused(ProtocolError expected, byte[] properties)
    {
        var error = Assert.Throws<ZmtpProtocolException>(() => HandshakeContext.ReadPeerMetadata(properties));
        Assert.Equal(expected, error.Error);
    }

    private static byte[] Property(string name, byte[] value) =>
        Hex.Concat(
            [(byte)name.Length],
            Encoding.ASCII.GetBytes(name),
            [0, 0, (byte)(value.Length >> 8), unchecked((byte)value.Length)],
            value);

    private static HandshakeContext Context(SocketType type) => new()
    {
        SocketType = type,
        IsConnecting = false,
        PeerMinorVersion = 1,
        LocalMetadata = default,
        Domain = "",
        PeerAddress = "127.0.0.1",
    };
}
