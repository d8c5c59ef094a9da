using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests;

public class SocketTypesTests
{
    // In the order of the columns below.
    private static readonly string[] Tokens =
    [
        "PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB",
        "CLIENT", "SERVER", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL",
    ];

    // Which types talk to each other: sections 3(a) and 4(a) of the conformance matrix.
    private static readonly string[] Table =
    [
        "x..................", // PAIR
        "..x.......x........", // PUB
        ".x.......x.........", // SUB
        "....x.x............", // REQ
        "...x.x.............", // REP
        "....xxx............", // DEALER
        "...x.xx............", // ROUTER
        "........x..........", // PULL
        ".......x...........", // PUSH
        "..x.......x........", // XPUB
        ".x.......x.........", // XSUB
        "............x......", // CLIENT
        "...........x.......", // SERVER
        "..............x....", // RADIO
        ".............x.....", // DISH
        "................x..", // SCATTER
        "...............x...", // GATHER
        ".................x.", // PEER
        "..................x", // CHANNEL
    ];

    private const int TypesOf30 = 11;
    private const int TypesOf31 = 19;

    [Fact]
    [Spec("ZMTP30-66", "ZMTP31-17")]
    public void SocketType_EveryToken_IsThatOfTheSpec()
    {
        Assert.Equal(TypesOf31, Enum.GetValues<SocketType>().Length);
        foreach (var type in Enum.GetValues<SocketType>())
        {
            var token = SocketTypes.ToToken(type);
            Assert.Contains(token, Tokens);
            Assert.Equal(type.ToString(), token, ignoreCase: true);
            Assert.True(SocketTypes.TryParse(Encoding.ASCII.GetBytes(token), out var parsed));
            Assert.Equal(type, parsed);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("REQQ")]
    [InlineData("RE")]
    [InlineData("req")]
    [InlineData(" REQ")]
    [InlineData("REQ\0")]
    [InlineData("STREAM")]
    public void SocketType_UnknownToken_IsNotParsed(string token) =>
        Assert.False(SocketTypes.TryParse(Encoding.ASCII.GetBytes(token), out _));

    [Fact]
    [Spec("ZMTP30-67")]
    public void SocketType_Table11By11_IsThatOfTheSpec() => AssertTable(TypesOf30);

    [Fact]
    [Spec("ZMTP31-18")]
    public void SocketType_Table19By19_IsThatOfTheSpec() => AssertTable(TypesOf31);

    private static void AssertTable(int types)
    {
        for (var own = 0; own < types; own++)
        {
            for (var peer = 0; peer < types; peer++)
            {
                var expected = Table[own][peer] == 'x';
                var accepted = Check(Tokens[own], Tokens[peer]);
                Assert.True(expected == accepted, $"{Tokens[own]} with {Tokens[peer]}: expected {expected}");
            }
        }
    }

    [Theory]
    [InlineData("XPUB", "An XPUB socket does not talk to the peer's PUSH socket.")]
    [InlineData("XSUB", "An XSUB socket does not talk to the peer's PUSH socket.")]
    [InlineData("SUB", "A SUB socket does not talk to the peer's PUSH socket.")]
    public void SOCKETTYPE_ThatDoesNotFit_IsSaidWithItsArticle(string own, string expected) =>
        Assert.StartsWith(expected, Mismatch(own, "PUSH")?.Message, StringComparison.Ordinal);

    private static bool Check(string own, string peer)
    {
        Assert.True(SocketTypes.TryParse(Encoding.ASCII.GetBytes(own), out var ownType));
        Assert.True(SocketTypes.TryParse(Encoding.ASCII.GetBytes(peer), out var peerType));
        var accepted = Mismatch(own, peer) is null;
        Assert.Equal(accepted, SocketTypes.AreCompatible(ownType, peerType));
        return accepted;
    }

    private static ZmtpProtocolException? Mismatch(string own, string peer)
    {
        Assert.True(SocketTypes.TryParse(Encoding.ASCII.GetBytes(own), out var ownType));
        var context = new HandshakeContext
        {
            SocketType = ownType,
            IsConnecting = false,
            PeerMinorVersion = 1,
            LocalMetadata = default,
            Domain = "",
            PeerAddress = "",
        };
        return context.CheckSocketType(new ZmtpMetadata([new("Socket-Type", Encoding.ASCII.GetBytes(peer))]));
    }
}
