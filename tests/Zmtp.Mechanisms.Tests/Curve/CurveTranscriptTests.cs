using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveTranscriptTests
{
    private static readonly byte[] Subscribe = [9, .. "SUBSCRIBE"u8, .. "A"u8];
    private static readonly byte[] Ping = [4, .. "PING"u8, 0, 0];

    [Fact]
    [Spec("CURVE-08", "CURVE-09", "CURVE-11", "CURVE-14", "CURVE-31", "CURVE-34", "CURVE-35", "CURVE-48", "CURVE-61", "CURVE-49")]
    public void CURVE_ClientWithFixedRandomness_WritesTheTranscript()
    {
        using var client = ClientWith(out var random);

        Assert.Equal(MechanismStatus.Sending, client.Status);
        Assert.Equal(Transcript.Hello, client.Write());
        Assert.Equal(MechanismStatus.Receiving, client.Status);
        client.ReadCommand(Transcript.Welcome);
        Assert.Equal(MechanismStatus.Sending, client.Status);
        Assert.Equal(Transcript.Initiate, client.Write());
        Assert.Equal(MechanismStatus.Receiving, client.Status);
        client.ReadCommand(Transcript.Ready);
        Assert.Equal(MechanismStatus.Ready, client.Status);
        Assert.True(random.IsUsedUp);
        Assert.Equal("ROUTER", client.PeerMetadata.GetText(ZmtpMetadata.SocketType));
        Assert.Equal(Transcript.ServerPublic, client.PeerPublicKey.ToArray());
        Assert.Null(client.Verdict);

        Assert.Equal(Transcript.ClientMessage3, client.Seal(PayloadFlags.None, "hello"u8));
        Assert.Equal(Transcript.ClientMessage4, client.Seal(PayloadFlags.Command, Subscribe));
        Assert.Equal(Transcript.ClientMessage5, client.Seal(PayloadFlags.Command, Ping));
        AssertOpens(client, Transcript.ServerMessage2, PayloadFlags.More, "");
        AssertOpens(client, Transcript.ServerMessage3, PayloadFlags.None, "world");
    }

    [Fact]
    [Spec("CURVE-19", "CURVE-23", "CURVE-24", "CURVE-26", "CURVE-37", "CURVE-41", "CURVE-43", "CURVE-45", "CURVE-46", "CURVE-52", "CURVE-61", "CURVE-66")]
    public void CURVE_ServerWithFixedRandomness_WritesTheTranscript()
    {
        using var server = ServerWith(out var random);

        Assert.Equal(MechanismStatus.Receiving, server.Status);
        server.ReadCommand(Transcript.Hello);
        Assert.Equal(MechanismStatus.Sending, server.Status);
        Assert.Equal(Transcript.Welcome, server.Write());
        Assert.Equal(MechanismStatus.Receiving, server.Status);
        server.ReadCommand(Transcript.Initiate);
        Assert.Equal(MechanismStatus.Authenticating, server.Status);
        Assert.Equal(Transcript.ClientPublic, server.AuthenticationRequest.Credentials.Single().ToArray());
        server.Authenticate(AuthenticationResult.Success("alice"));
        Assert.Equal(MechanismStatus.Sending, server.Status);
        Assert.Equal(Transcript.Ready, server.Write());
        Assert.Equal(MechanismStatus.Ready, server.Status);
        Assert.True(random.IsUsedUp);
        Assert.Equal("DEALER", server.PeerMetadata.GetText(ZmtpMetadata.SocketType));
        Assert.Equal(Transcript.ClientPublic, server.PeerPublicKey.ToArray());
        Assert.Equal("alice", server.Verdict?.UserId);

        Assert.Equal(Transcript.ServerMessage2, server.Seal(PayloadFlags.More, []));
        Assert.Equal(Transcript.ServerMessage3, server.Seal(PayloadFlags.None, "world"u8));
        AssertOpens(server, Transcript.ClientMessage3, PayloadFlags.None, "hello");
        AssertOpens(server, Transcript.ClientMessage4, PayloadFlags.Command, "\tSUBSCRIBEA");
        AssertOpens(server, Transcript.ClientMessage5, PayloadFlags.Command, "\u0004PING\0\0");
    }

    [Fact]
    [Spec("CURVE-02", "CURVE-18")]
    public void CURVE_BothEndsWithFixedRandomness_ExchangeTheTranscript()
    {
        using var pair = new MechanismPair(Transcript.ClientSecurity(), Transcript.ServerSecurity()).RunToReady();

        Assert.Equal(
            [(true, Convert.ToHexString(Transcript.Hello)), (false, Convert.ToHexString(Transcript.Welcome)),
             (true, Convert.ToHexString(Transcript.Initiate)), (false, Convert.ToHexString(Transcript.Ready))],
            pair.Commands.Select(c => (c.FromConnecting, Convert.ToHexString(c.Body))));
        Assert.True(pair.Commands[1].Body.Length < pair.Commands[0].Body.Length);
    }

    private static Mechanism ClientWith(out ScriptedRandom random)
    {
        random = Transcript.ClientRandom();
        var security = new CurveSecurity(Transcript.ClientKeys(), new CurvePublicKey(Transcript.ServerPublic), random);
        return security.CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));
    }

    private static Mechanism ServerWith(out ScriptedRandom random)
    {
        random = Transcript.ServerRandom();
        var security = new CurveSecurity(Transcript.ServerKeys(), CurveClients.AskAuthenticator, random);
        return security.CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false));
    }

    private static void AssertOpens(Mechanism mechanism, byte[] body, PayloadFlags flags, string data)
    {
        var opened = mechanism.Open(body);
        Assert.Equal(flags, opened.Flags);
        Assert.Equal(data, Encoding.ASCII.GetString(opened.Data));
    }
}
