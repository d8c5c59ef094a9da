using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>ZMTP 1.0 and 2.0 have no security and are refused, whatever the socket is configured for.</summary>
public sealed class OlderVersionTests
{
    [Theory]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 01 05")]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 01 05 00 00")]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 01 05 00 00 00 05 68 65 6C 6C 6F")]
    [InlineData("FF 00 00 00 00 00 00 00 04 7F 01 05 00 03 41 42 43 00 05 68 65 6C 6C 6F")]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 02 05 00 00")]
    [InlineData("FF 00 00 00 00 00 00 00 01 7F 00 05 00 00")]
    [Spec("ZMTP30-13", "ZMTP30-98", "ZMTP20-13", "ZMTP20-14")]
    public async Task GREETING_Of20Peer_IsClosedAtOnceAndNothingIsDelivered(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.UnsupportedVersion, NullSecurity.Instance);

    [Theory]
    [InlineData("01 00")]
    [InlineData("01 00 06 00 68 65 6C 6C 6F")]
    [InlineData("04 00 41 42 43 06 00 68 65 6C 6C 6F")]
    [Spec("ZMTP30-14", "ZMTP30-98", "ZMTP20-13", "ZMTP20-14")]
    public async Task GREETING_Of10PeerWithShortIdentity_IsClosedAtOnceAndNothingIsDelivered(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.NotZmtp, NullSecurity.Instance);

    [Theory]
    [InlineData("FF 00 00 00 00 00 00 00 00 7E")]
    [InlineData("FF 00 00 00 00 00 00 01 00 00 41 41 41 41")]
    [InlineData("FF 7F FF FF FF FF FF FF FF 00")]
    [Spec("ZMTP30-14", "ZMTP20-13")]
    public async Task GREETING_Of10PeerWithLongIdentity_IsClosedAtOnceWhateverLengthItDeclares(string octets) =>
        await ExpectRefusalAsync(octets, ProtocolError.UnsupportedVersion, NullSecurity.Instance);

    [Theory]
    [InlineData("PLAIN", "01 00 08 00 73 6E 65 61 6B 79 00", ProtocolError.NotZmtp)]
    [InlineData("CURVE", "01 00 08 00 73 6E 65 61 6B 79 00", ProtocolError.NotZmtp)]
    [InlineData("PLAIN", "FF 00 00 00 00 00 00 00 00 7F 01 08 00 00 00 06 73 6E 65 61 6B 79", ProtocolError.UnsupportedVersion)]
    [InlineData("CURVE", "FF 00 00 00 00 00 00 00 00 7F 01 08 00 00 00 06 73 6E 65 61 6B 79", ProtocolError.UnsupportedVersion)]
    [Spec("ZMTP30-93", "ZMTP30-98", "ZMTP20-14")]
    [Lesson("T4")]
    public async Task GREETING_OfAnOlderPeerAtASecuredSocket_IsClosedAtOnceAndNothingIsDelivered(
        string mechanism, string octets, ProtocolError error) =>
        await ExpectRefusalAsync(octets, error, TestSecurity.Server(mechanism));

    [Theory]
    [InlineData("01 00 08 00 73 6E 65 61 6B 79 00", ProtocolError.NotZmtp)]
    [InlineData("FF 00 00 00 00 00 00 00 00 7F 01 08 00 00 00 06 73 6E 65 61 6B 79", ProtocolError.UnsupportedVersion)]
    [Spec("ZMTP30-98", "ZMTP20-14")]
    [Lesson("T4")]
    public async Task GREETING_OfAnOlderPeerAtANullSocketWithADomain_DoesNotBypassTheAuthenticator(string octets, ProtocolError error) =>
        await ExpectRefusalAsync(octets, error, NullSecurity.Instance, "global");

    private static async Task ExpectRefusalAsync(string octets, ProtocolError error, ZmtpSecurity security, string domain = "")
    {
        await using var sut = await Sut.BoundAsync(context =>
        {
            context.Use(FixedVerdict.Success);
            return new PullSocket(context, Sut.Quick with { Security = security, ZapDomain = domain });
        });
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(octets);

        // Its own greeting, perhaps cut short by the close, and nothing else. The handshake timer is far away: 30 s.
        var received = await raw.ReadToCloseAsync();
        Assert.Equal(Octets.Greeting31(security.MechanismName, security.IsServer)[..received.Length], received);
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(100);
    }
}
