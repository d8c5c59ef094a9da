using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Testing.Curve;

namespace Zmtp.Mechanisms.Tests;

public sealed class CurveServerTests
{
    // Points of low order on Curve25519 and on its twist, beside zero.
    public static TheoryData<string> LowOrderPoints =>
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "E0EB7A7C3B41B8AE1656E3FAF19FC46ADA098DEB9C32B1FD866205165F49B800",
        "5F9C95BCA3508C24B1D0B1559C83EF5B04445CC4581C8E86D8224EDDD09F1157",
        "ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
        "EDFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
        "EEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
    ];

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [Spec("CURVE-10", "CURVE-16")]
    public void HELLO_OtherVersion_Closes(byte major, byte minor)
    {
        var (server, client) = CurveRig.Server();

        Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(client.Hello(h => h.Version = [major, minor])));
    }

    [Fact]
    [Spec("CURVE-11", "CURVE-16")]
    public void HELLO_PaddingNotZero_Closes()
    {
        for (var i = 0; i < 72; i++)
        {
            var (server, client) = CurveRig.Server();
            Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(client.Hello(h => h.Padding[i] = 1)));
        }
    }

    [Theory]
    [InlineData(199)]
    [InlineData(201)]
    [Spec("CURVE-09", "CURVE-16")]
    public void HELLO_OtherLength_Closes(int length)
    {
        var (server, client) = CurveRig.Server();
        var hello = client.Hello();
        Array.Resize(ref hello, length);

        Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(hello));
    }

    [Fact]
    [Spec("CURVE-16")]
    public void HELLO_NameMisspelled_Closes()
    {
        var (server, client) = CurveRig.Server();

        Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.ReadCommand(client.Hello(h => h.Name = Hex.Of("05 48 45 4C 4C 58"))));
    }

    /// <summary>A peer that has shown to be a client may not be told that this end is configured as one.</summary>
    [Fact]
    public void HELLO_Again_IsNotTakenForTwoClients()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();

        var refusal = Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.ReadCommand(client.Hello()));

        Assert.DoesNotContain("as the client", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("CURVE-15")]
    public void HELLO_SignatureNotZero_Closes()
    {
        var (server, client) = CurveRig.Server();

        Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(client.Hello(h => h.Signature = Hex.Repeat(1, 64))));
    }

    [Fact]
    [Spec("CURVE-14", "CURVE-15")]
    public void HELLO_WrongServerKeyOrNoncePrefix_Closes()
    {
        var (server, client) = CurveRig.Server();
        Expect.Refusal(ProtocolError.Cryptographic, () => server.ReadCommand(client.Hello(h => h.ServerKey = CurveKeys.Generate().Public)));
        Expect.Refusal(ProtocolError.Cryptographic, () => server.ReadCommand(client.Hello(h => h.NoncePrefix = "CurveZMQHELLO-- ")));
    }

    [Theory]
    [MemberData(nameof(LowOrderPoints))]
    [Spec("CURVE-17")]
    public void HELLO_TransientKeyOfLowOrder_Closes(string point)
    {
        var (server, client) = CurveRig.Server();

        Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(client.Hello(h => h.ClientTransientKey = Hex.Of(point))));
    }

    [Fact]
    [Spec("CURVE-20", "CURVE-25", "CURVE-28")]
    public void WELCOME_OfManyConnections_DiffersInEverything()
    {
        var seen = new HashSet<string>();
        const int Connections = 200;
        for (var i = 0; i < Connections; i++)
        {
            var (server, client) = CurveRig.Server();
            server.ReadCommand(client.Hello());
            var welcome = server.Write();
            client.OpenWelcome(welcome);
            Assert.True(seen.Add("nonce " + Convert.ToHexString(welcome.AsSpan(8, 16))));
            Assert.True(seen.Add("S' " + Convert.ToHexString(client.ServerTransientKey)));
            Assert.True(seen.Add("cookie nonce " + Convert.ToHexString(client.Cookie.AsSpan(0, 16))));
            Assert.True(seen.Add("cookie " + Convert.ToHexString(client.Cookie)));
            server.Dispose();
        }

        Assert.Equal(4 * Connections, seen.Count);
    }

    [Fact]
    [Spec("CURVE-21", "CURVE-22")]
    public void WELCOME_Sent_OnlyTheCookieKeyIsKept()
    {
        var (server, _) = CurveRig.ServerAwaitingInitiate();

        var secret = Assert.Single(((CurveMechanism)server).State.Secrets);
        Assert.Equal(32, Assert.IsType<Crypto.SecretBuffer>(secret).Span.Length);
    }

    [Fact]
    [Spec("CURVE-28", "CURVE-33")]
    public void INITIATE_CookieOfAnotherConnection_Closes()
    {
        var (_, other) = CurveRig.ServerAwaitingInitiate();
        var (server, client) = CurveRig.ServerAwaitingInitiate();

        Expect.Refusal(
            ProtocolError.KeyExchange, () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.Cookie = other.Cookie)));
    }

    [Fact]
    [Spec("CURVE-33")]
    public void INITIATE_CookieForAnotherTransientKey_Closes()
    {
        // K is known to this test only: it forges what no client could.
        using var server = Transcript.ServerSecurity(CurveClients.AllowAny)
            .CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false));
        server.ReadCommand(Transcript.Hello);
        server.Write();
        byte[] plaintext = [.. CurveKeys.Generate().Public, .. Transcript.ServerTransientSecret];
        byte[] nonce = [.. "COOKIE--"u8, .. Transcript.CookieNonce];
        byte[] initiate = [.. Transcript.Initiate];
        Sodium.SecretBox(plaintext, nonce, Transcript.CookieKey).CopyTo(initiate, 9 + 16);

        Expect.Refusal(ProtocolError.KeyExchange, () => server.ReadCommand(initiate));
    }

    [Theory]
    [InlineData(60.0, true)]
    [InlineData(60.1, false)]
    [Spec("CURVE-27")]
    public void INITIATE_AfterTheCookiesLifetime_Closes(double seconds, bool accepted)
    {
        var time = new FakeTimeProvider();
        var (server, client) = CurveRig.ServerAwaitingInitiate(time: time);
        time.Advance(TimeSpan.FromSeconds(seconds));
        var initiate = client.Initiate(CurveRig.DealerMetadata);

        if (accepted) server.ReadCommand(initiate);
        else Expect.Refusal(ProtocolError.KeyExchange, () => server.ReadCommand(initiate));
    }

    [Fact]
    [Spec("CURVE-27")]
    public void INITIATE_Accepted_CookieKeyIsZeroed()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator);
        var cookieKey = ((CurveMechanism)server).State.Secrets.Single();

        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));

        Assert.True(cookieKey.IsZero);
    }

    [Fact]
    [Spec("CURVE-32", "CURVE-39")]
    public void INITIATE_TooShort_Closes()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();
        var initiate = client.Initiate([]);
        Assert.Equal(257, initiate.Length);

        Expect.Refusal(ProtocolError.MalformedInitiate, () => server.ReadCommand(initiate.AsSpan(0, 256)));
        Expect.Refusal(ProtocolError.MalformedInitiate, () => server.ReadCommand("\u0008INITIATE"u8));
    }

    [Fact]
    [Spec("CURVE-34", "CURVE-35")]
    public void INITIATE_WrongNoncePrefixes_Closes()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();
        Expect.Refusal(
            ProtocolError.Cryptographic,
            () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.NoncePrefix = "CurveZMQINITIATF")));
        Expect.Refusal(
            ProtocolError.Cryptographic,
            () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.VouchNoncePrefix = "VOUCH--+")));
    }

    [Fact]
    [Spec("CURVE-37")]
    public void INITIATE_VouchForAnotherTransientKeyOrServer_Closes()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();
        var other = CurveKeys.Generate().Public;

        Expect.Refusal(
            ProtocolError.KeyExchange, () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.VouchedTransientKey = other)));
        Expect.Refusal(
            ProtocolError.KeyExchange, () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.VouchedServerKey = other)));
    }

    [Fact]
    [Spec("CURVE-37", "CURVE-39")]
    public void INITIATE_KeyThatTheClientDoesNotOwn_Closes()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();

        Expect.Refusal(
            ProtocolError.Cryptographic,
            () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.ClientKey = CurveKeys.Generate().Public)));
    }

    [Theory]
    [MemberData(nameof(LowOrderPoints))]
    [Spec("CURVE-39")]
    public void INITIATE_PermanentKeyOfLowOrder_Closes(string point)
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate();

        Expect.Refusal(
            ProtocolError.MalformedInitiate,
            () => server.ReadCommand(client.Initiate(CurveRig.DealerMetadata, i => i.ClientKey = Hex.Of(point))));
    }

    [Theory]
    [InlineData(5, 5, false)]
    [InlineData(5, 4, false)]
    [InlineData(5, 6, true)]
    [InlineData(5, 60, true)]
    [InlineData(0, 1, true)]
    [InlineData(0, 0, false)]
    [Spec("CURVE-51", "CURVE-55", "CURVE-56")]
    [Lesson("T2")]
    public void INITIATE_ShortNonce_MustBeGreaterThanThatOfHello(int hello, int initiate, bool accepted)
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(firstNonce: (ulong)hello);
        var body = client.Initiate(CurveRig.DealerMetadata, i => i.Nonce = (ulong)initiate);

        if (accepted) server.ReadCommand(body);
        else Expect.Refusal(ProtocolError.InvalidSequence, () => server.ReadCommand(body));
    }

    [Fact]
    public void INITIATE_MoreThan256Properties_ClosesAndAsksNobody()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator);
        byte[] properties = [.. Enumerable.Repeat(Hex.Of("014100000000"), 256).SelectMany(static property => property)];

        Expect.Refusal(
            ProtocolError.InvalidMetadata, () => server.ReadCommand(client.Initiate([.. CurveRig.DealerMetadata, .. properties])));
        Assert.NotEqual(MechanismStatus.Authenticating, server.Status);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0141000000")]
    [InlineData("014180000000")]
    [Spec("CURVE-38", "CURVE-39")]
    public void INITIATE_MalformedMetadata_ClosesAndAsksNobody(string properties)
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator);

        Expect.Refusal(
            ProtocolError.InvalidMetadata, () => server.ReadCommand(client.Initiate([.. CurveRig.DealerMetadata, .. Hex.Of(properties)])));
        Assert.NotEqual(MechanismStatus.Authenticating, server.Status);
    }

    [Fact]
    [Spec("CURVE-41", "ZMTP30-63")]
    public void INITIATE_Accepted_AsksWithDomainAddressIdentityAndKey()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator);

        server.ReadCommand(client.Initiate(HandshakeContexts.Metadata(SocketType.Dealer, "ABC")));

        var request = server.AuthenticationRequest;
        Assert.Equal(("CURVE", "global", "127.0.0.1"), (request.Mechanism, request.Domain, request.Address));
        Assert.Equal("ABC"u8.ToArray(), request.Identity.ToArray());
        Assert.Equal(Transcript.ClientPublic, request.Credentials.Single().ToArray());
        Assert.Equal(Transcript.ClientPublic, server.PeerPublicKey.ToArray());
    }

    [Fact]
    public void INITIATE_AllowAny_AsksNobodyAndStillKnowsTheKey()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AllowAny);

        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));

        Assert.Equal(MechanismStatus.Sending, server.Status);
        Assert.Equal(CurveRig.RouterMetadata, client.OpenReady(server.Write()));
        Assert.Null(server.Verdict);
        Assert.Equal(Transcript.ClientPublic, server.PeerPublicKey.ToArray());
    }

    [Theory]
    [InlineData(true, "400", AuthenticationStatus.Denied)]
    [InlineData(false, "500", AuthenticationStatus.InternalError)]
    [Spec("CURVE-04", "CURVE-40", "CURVE-71")]
    public void CURVE_AuthenticatorRefuses_SendsErrorWithTheCode(bool denied, string code, AuthenticationStatus status)
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator, SocketType.Pub);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));

        server.Authenticate(denied ? AuthenticationResult.Denied("unknown key") : AuthenticationResult.InternalError("boom"));

        Assert.Equal((byte[])[5, .. "ERROR"u8, 3, .. System.Text.Encoding.ASCII.GetBytes(code)], server.Write());
        Assert.Equal(MechanismStatus.Failed, server.Status);
        Assert.Equal(status, Assert.IsType<ZmtpAuthenticationException>(server.Failure).Status);
        Assert.Empty(((CurveMechanism)server).State.Secrets);
    }

    [Fact]
    [Spec("CURVE-40")]
    public void CURVE_AuthenticatorCannotDecide_FailsInSilence()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));

        server.Authenticate(AuthenticationResult.TemporaryError("busy"));

        Assert.Equal(MechanismStatus.Failed, server.Status);
        Assert.True(server.Failure!.MayRetry);
        Assert.Throws<InvalidOperationException>(() => server.Write());
    }

    /// <summary>The session is nobody's from then on, with all that it could open.</summary>
    [Fact]
    public void CURVE_SocketTypeDoesNotFit_TheSessionIsZeroed()
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(CurveClients.AskAuthenticator, SocketType.Pub);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));
        var session = Assert.Single(((CurveMechanism)server).State.Secrets);
        Assert.False(session.IsZero);

        server.Authenticate(AuthenticationResult.Success());

        Assert.Equal(MechanismStatus.Sending, server.Status);
        Assert.True(session.IsZero);
    }

    [Theory]
    [InlineData(CurveClients.AllowAny)]
    [InlineData(CurveClients.AskAuthenticator)]
    [Spec("ZMTP30-62", "ZMTP30-68")]
    public void CURVE_SocketTypeDoesNotFit_IsToldAfterTheVerdict(CurveClients clients)
    {
        var (server, client) = CurveRig.ServerAwaitingInitiate(clients, SocketType.Pub);
        server.ReadCommand(client.Initiate(CurveRig.DealerMetadata));
        if (clients == CurveClients.AskAuthenticator) server.Authenticate(AuthenticationResult.Success());

        Assert.Equal((byte[])[5, .. "ERROR"u8, 24, .. "Incompatible-Socket-Type"u8], server.Write());
        Assert.Equal(MechanismStatus.Failed, server.Status);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(server.Failure).Error);
    }

    [Fact]
    [Spec("CURVE-06")]
    public void CURVE_ServerReceivesError_Closes()
    {
        var error = Hex.Of("05 45 52 52 4F 52 03 34 30 30");
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => CurveRig.Server().Server.ReadCommand(error));
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => CurveRig.ServerAwaitingInitiate().Server.ReadCommand(error));
    }
}
