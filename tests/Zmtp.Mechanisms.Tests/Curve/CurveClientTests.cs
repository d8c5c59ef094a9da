using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Searching;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveClientTests
{
    [Fact]
    [Spec("CURVE-03")]
    public void CURVE_ClientWithoutServerKey_CannotBeMade()
    {
        using var keys = Searched.NewKeyPair();

        Assert.Throws<ArgumentNullException>(() => CurveSecurity.Client(keys, null!));
        Assert.Throws<ArgumentNullException>(() => CurveSecurity.Client(null!, keys.PublicKey));
        Assert.Throws<ArgumentNullException>(() => CurveSecurity.Server((CurveKeyPair)null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => CurveSecurity.Server(keys, (CurveClients)7));
    }

    /// <summary>Any 32 octets are a public key, so that the wrong half of the server's pair looks like one.</summary>
    [Fact]
    public void CURVE_HangUpOnAClientThatWasGivenTheServersSecretKey_IsToldByFingerprint()
    {
        using var keys = Searched.NewKeyPair();
        using var serverKeys = Searched.NewKeyPair();
        var wrongHalf = new CurvePublicKey(serverKeys.SecretKey.AsSpan());
        using var client = CurveSecurity.Client(keys, wrongHalf)
            .CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));
        client.Write();

        Assert.DoesNotContain(wrongHalf.ToString(), client.WhenPeerHangsUp, StringComparison.Ordinal);
        Assert.Contains(wrongHalf.ToFingerprint(), client.WhenPeerHangsUp, StringComparison.Ordinal);
        Assert.Contains("secret", client.WhenPeerHangsUp, StringComparison.Ordinal);
    }

    [Fact]
    public void CURVE_ClientWhoseServerKeyIsItsOwnSecretKey_CannotBeMade()
    {
        using var keys = Searched.NewKeyPair();
        var wrongHalf = new CurvePublicKey(keys.SecretKey.AsSpan());

        var error = Assert.Throws<ArgumentException>("serverKey", () => CurveSecurity.Client(keys, wrongHalf));

        Assert.DoesNotContain(wrongHalf.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("CURVE-12", "CURVE-36")]
    public void CURVE_ManyConnectionsOfOneClient_DifferInTransientKeyAndVouchNonce()
    {
        using var keys = Searched.NewKeyPair();
        var security = CurveSecurity.Client(keys, new CurvePublicKey(Transcript.ServerPublic));
        var seen = new HashSet<string>();
        const int Connections = 200;
        for (var i = 0; i < Connections; i++)
        {
            using var client = security.CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));
            var server = new CurveServerScript(CurveKeys.TestServer);
            server.OpenHello(client.Write());
            client.ReadCommand(server.Welcome());
            server.OpenInitiate(client.Write());
            Assert.Equal(keys.PublicKey.AsSpan().ToArray(), server.ClientKey);
            Assert.True(seen.Add("C' " + Convert.ToHexString(server.ClientTransientKey)));
            Assert.True(seen.Add("vouch " + Convert.ToHexString(server.VouchNonce)));
        }

        Assert.Equal(2 * Connections, seen.Count);
    }

    [Fact]
    [Spec("CURVE-49")]
    public void CURVE_ClientShortNonces_CountUpByOneOverAllCommands()
    {
        var (client, server) = CurveRig.ClientAwaitingWelcome();
        Assert.Equal(1UL, server.LastClientNonce);
        client.ReadCommand(server.Welcome());
        server.OpenInitiate(client.Write());
        Assert.Equal(2UL, server.LastClientNonce);
        client.ReadCommand(server.Ready(CurveRig.RouterMetadata));
        for (var nonce = 3UL; nonce < 9; nonce++)
        {
            server.OpenMessage(client.Seal(PayloadFlags.None, "x"u8));
            Assert.Equal(nonce, server.LastClientNonce);
        }
    }

    [Theory]
    [InlineData(167)]
    [InlineData(169)]
    [Spec("CURVE-23", "CURVE-29")]
    public void WELCOME_OtherLength_Closes(int length)
    {
        var (client, server) = CurveRig.ClientAwaitingWelcome();
        var welcome = server.Welcome();
        Array.Resize(ref welcome, length);

        Expect.Refusal(ProtocolError.MalformedWelcome, () => client.ReadCommand(welcome));
    }

    [Fact]
    [Spec("CURVE-24", "CURVE-29")]
    public void WELCOME_OfAnotherServerOrWithWrongPrefix_Closes()
    {
        var (client, server) = CurveRig.ClientAwaitingWelcome();

        Expect.Refusal(ProtocolError.Cryptographic, () => client.ReadCommand(server.Welcome(w => w.ServerSecret = CurveKeys.Generate().Secret)));
        Expect.Refusal(ProtocolError.Cryptographic, () => client.ReadCommand(server.Welcome(w => w.NoncePrefix = "WELCOME+")));
        Assert.Equal(MechanismStatus.Receiving, client.Status);
    }

    [Theory]
    [MemberData(nameof(CurveServerTests.LowOrderPoints), MemberType = typeof(CurveServerTests))]
    [Spec("CURVE-29")]
    public void WELCOME_TransientKeyOfLowOrder_Closes(string point)
    {
        var (client, server) = CurveRig.ClientAwaitingWelcome();

        Expect.Refusal(ProtocolError.MalformedWelcome, () => client.ReadCommand(server.Welcome(w => w.ServerTransientKey = Hex.Of(point))));
    }

    [Fact]
    [Spec("CURVE-30")]
    public void WELCOME_Twice_Closes()
    {
        var (client, server) = CurveRig.ClientAwaitingReady();

        Expect.Refusal(ProtocolError.UnexpectedCommand, () => client.ReadCommand(server.Welcome()));
    }

    [Fact]
    [Spec("CURVE-44", "CURVE-47")]
    public void READY_TooShort_Closes()
    {
        var (client, server) = CurveRig.ClientAwaitingReady();
        var ready = server.Ready([]);
        Assert.Equal(30, ready.Length);

        Expect.Refusal(ProtocolError.MalformedReady, () => client.ReadCommand(ready.AsSpan(0, 29)));
    }

    [Fact]
    [Spec("CURVE-47")]
    public void READY_BeforeWelcome_Closes()
    {
        var (client, server) = CurveRig.ClientAwaitingWelcome();

        Expect.Refusal(ProtocolError.UnexpectedCommand, () => client.ReadCommand(server.Ready(CurveRig.RouterMetadata)));
    }

    [Fact]
    [Spec("CURVE-45", "CURVE-47")]
    public void READY_WrongPrefixOrMetadata_Closes()
    {
        var (client, server) = CurveRig.ClientAwaitingReady();

        Expect.Refusal(
            ProtocolError.Cryptographic, () => client.ReadCommand(server.Ready(CurveRig.RouterMetadata, r => r.NoncePrefix = "CurveZMQREADY--+")));
        Expect.Refusal(ProtocolError.InvalidMetadata, () => client.ReadCommand(server.Ready(CurveRig.RouterMetadata[..^1])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(77)]
    [Spec("CURVE-55")]
    public void READY_AnyFirstShortNonce_IsAccepted(int nonce)
    {
        var (client, server) = CurveRig.ClientAwaitingReady();

        client.ReadCommand(server.Ready(CurveRig.RouterMetadata, r => r.Nonce = (ulong)nonce));

        Assert.Equal(MechanismStatus.Ready, client.Status);
        Expect.Refusal(ProtocolError.InvalidSequence, () => client.Open(server.Message(0, [], m => m.Nonce = (ulong)nonce)));
        client.Open(server.Message(0, [], m => m.Nonce = (ulong)nonce + 1));
    }

    [Fact]
    [Spec("ZMTP30-62", "ZMTP30-67", "CURVE-06")]
    public void READY_SocketTypeDoesNotFit_ClosesWithoutError()
    {
        var (client, server) = CurveRig.ClientAwaitingReady();

        var error = Expect.Refusal(
            ProtocolError.IncompatibleSocketType,
            () => client.ReadCommand(server.Ready(HandshakeContexts.Metadata(SocketType.Pub))));

        Assert.False(error.MayRetry);
        Assert.NotEqual(MechanismStatus.Sending, client.Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Spec("CURVE-05", "CURVE-74", "ZMTP30-30")]
    public void CURVE_ClientReceivesError_FailsForGood(bool afterInitiate)
    {
        var (client, _) = afterInitiate ? CurveRig.ClientAwaitingReady() : CurveRig.ClientAwaitingWelcome();
        var secrets = ((CurveMechanism)client).State.Secrets.ToArray();

        client.ReadCommand(Hex.Of("05 45 52 52 4F 52 03 34 30 30"));

        Assert.Equal(MechanismStatus.Failed, client.Status);
        Assert.False(client.Failure!.MayRetry);
        Assert.Equal(AuthenticationStatus.Denied, Assert.IsType<ZmtpAuthenticationException>(client.Failure).Status);
        Assert.NotEmpty(secrets);
        Assert.All(secrets, s => Assert.True(s.IsZero));
    }

    [Theory]
    [InlineData("05 45 52 52 4F 52")]
    [InlineData("05 45 52 52 4F 52 04 34 30 30")]
    [Spec("CURVE-73")]
    public void CURVE_ClientReceivesMalformedError_Closes(string error)
    {
        var (client, _) = CurveRig.ClientAwaitingWelcome();

        Expect.Refusal(ProtocolError.MalformedError, () => client.ReadCommand(Hex.Of(error)));
    }

    [Fact]
    public void CURVE_ServerKeyOfLowOrder_FailsAsTheCallersFault()
    {
        using var keys = Searched.NewKeyPair();
        var security = CurveSecurity.Client(keys, new CurvePublicKey(Hex.Of("01" + new string('0', 62))));
        using var client = security.CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));

        Assert.Equal(FaultOrigin.Caller, Assert.Throws<ZmtpException>(() => client.Write()).Origin);
    }
}
