using Xunit;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Mechanisms.Tests;

public sealed class PlainMechanismTests
{
    private static readonly byte[] Hello = Hex.Of("05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74");
    private static readonly byte[] Welcome = Hex.Of("07 57 45 4C 43 4F 4D 45");
    private static readonly byte[] Error400 = Hex.Of("05 45 52 52 4F 52 03 34 30 30");

    private static readonly byte[] DealerMetadata = Hex.Of(
        "0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00");

    private static readonly byte[] RouterMetadata = Hex.Of(
        "0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 52 4F 55 54 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00");

    private static readonly byte[] Initiate = [8, .. "INITIATE"u8, .. DealerMetadata];
    private static readonly byte[] Ready = [5, .. "READY"u8, .. RouterMetadata];

    [Fact]
    [Spec("PLAIN-03", "PLAIN-05", "PLAIN-10", "PLAIN-11")]
    public void PLAIN_Client_WritesTheCommandsInOrder()
    {
        using var client = Client("admin", "secret");

        Assert.Equal(Hello, client.Write());
        Assert.Equal(MechanismStatus.Receiving, client.Status);
        client.ReadCommand(Welcome);
        Assert.Equal(Initiate, client.Write());
        Assert.Equal(MechanismStatus.Receiving, client.Status);
        client.ReadCommand(Ready);
        Assert.Equal(MechanismStatus.Ready, client.Status);
        Assert.Equal("ROUTER", client.PeerMetadata.GetText("Socket-Type"));
    }

    [Fact]
    [Spec("PLAIN-05", "PLAIN-06", "PLAIN-10", "PLAIN-12", "PLAIN-13", "ZMTP30-94")]
    public void PLAIN_Server_AsksOnHelloAndWritesTheCommandsInOrder()
    {
        using var server = Server();

        Assert.Equal(MechanismStatus.Receiving, server.Status);
        server.ReadCommand(Hello);
        Assert.Equal(MechanismStatus.Authenticating, server.Status);
        var request = server.AuthenticationRequest;
        Assert.Equal(("PLAIN", "", "127.0.0.1"), (request.Mechanism, request.Domain, request.Address));
        Assert.Equal(["admin", "secret"], request.Credentials.Select(c => System.Text.Encoding.ASCII.GetString(c.Span)));
        Assert.True(request.Identity.IsEmpty);
        Assert.DoesNotContain("secret", request.ToString(), StringComparison.Ordinal);
        server.Authenticate(AuthenticationResult.Success("admin"));
        Assert.Equal(Welcome, server.Write());
        Assert.Equal(MechanismStatus.Receiving, server.Status);
        server.ReadCommand(Initiate);
        Assert.Equal(Ready, server.Write());
        Assert.Equal(MechanismStatus.Ready, server.Status);
        Assert.Equal("DEALER", server.PeerMetadata.GetText("Socket-Type"));
        Assert.Equal("admin", server.Verdict?.UserId);
        Assert.False(server.IsSealing);
    }

    [Theory]
    [InlineData("", "", "05 48 45 4C 4C 4F 00 00")]
    [InlineData("é", "", "05 48 45 4C 4C 4F 02 C3 A9 00")]
    [Spec("PLAIN-03")]
    public void PLAIN_ClientWithUnusualCredentials_WritesThemAsUtf8(string username, string password, string expected)
    {
        using var client = Client(username, password);

        Assert.Equal(Hex.Of(expected), client.Write());
    }

    [Fact]
    [Spec("PLAIN-04")]
    public void PLAIN_CredentialsOf255Octets_AreAcceptedAnd256Refused()
    {
        var longest = new string('x', 255);
        using var pair = new MechanismPair(PlainSecurity.Client(longest, longest), PlainSecurity.Server()).RunToReady();

        Assert.Equal("userName", Assert.Throws<ArgumentException>(() => PlainSecurity.Client(longest + "x", "")).ParamName);
        Assert.Equal("password", Assert.Throws<ArgumentException>(() => PlainSecurity.Client("", longest + "x")).ParamName);
        Assert.Throws<ArgumentException>(() => PlainSecurity.Client("", new string('é', 128)));
        Assert.Throws<ArgumentNullException>(() => PlainSecurity.Client(null!, ""));
        Assert.Throws<ArgumentNullException>(() => PlainSecurity.Client("", null!));
    }

    [Theory]
    [InlineData("05 48 45 4C 4C 4F")]
    [InlineData("05 48 45 4C 4C 4F 06 61 64 6D 69 6E")]
    [InlineData("05 48 45 4C 4C 4F 05 61 64 6D 69 6E")]
    [InlineData("05 48 45 4C 4C 4F 05 61 64 6D 69 6E 07 73 65 63 72 65 74")]
    [InlineData("05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74 00")]
    [InlineData("05 48 45 4C 4C 4F FF")]
    [Spec("PLAIN-14")]
    public void PLAIN_MalformedHello_ClosesAndAsksNobody(string hello)
    {
        using var server = Server();

        Expect.Refusal(ProtocolError.MalformedHello, () => server.ReadCommand(Hex.Of(hello)));
        Assert.NotEqual(MechanismStatus.Authenticating, server.Status);
    }

    [Fact]
    [Spec("PLAIN-06")]
    public void PLAIN_InitiateFirst_Closes()
    {
        using var server = Server();

        Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.ReadCommand(Initiate));
    }

    [Fact]
    public void PLAIN_HelloToAClient_SaysThatBothAreClientsAndASecondHelloDoesNot()
    {
        using var client = Client("admin", "secret");
        client.Write();
        using var server = Server();
        server.ReadCommand(Hello);
        server.Authenticate(AuthenticationResult.Success());
        server.Write();

        var (atClient, atServer) = (
            Expect.Refusal(ProtocolError.UnexpectedCommand, () => client.ReadCommand(Hello)),
            Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.ReadCommand(Hello)));

        Assert.Contains("as the client", atClient.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("as the client", atServer.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("PLAIN-07")]
    public void PLAIN_WelcomeWithData_Closes()
    {
        using var client = Client("admin", "secret");
        client.Write();

        Expect.Refusal(ProtocolError.MalformedWelcome, () => client.ReadCommand([.. Welcome, 0]));
    }

    [Theory]
    [InlineData(true, "34 30 30")]
    [InlineData(false, "35 30 30")]
    [Spec("PLAIN-08", "PLAIN-09")]
    public void PLAIN_AuthenticatorRefuses_SendsErrorAndNothingElse(bool denied, string code)
    {
        using var server = Server();
        server.ReadCommand(Hello);

        server.Authenticate(denied ? AuthenticationResult.Denied("no") : AuthenticationResult.InternalError("boom"));

        Assert.Equal(Hex.Of("05 45 52 52 4F 52 03 " + code), server.Write());
        Assert.Equal(MechanismStatus.Failed, server.Status);
        Assert.Throws<InvalidOperationException>(() => server.Write());
        Assert.Throws<InvalidOperationException>(() => server.ReadCommand(Initiate));
        Assert.DoesNotContain("secret", server.Failure!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("PLAIN-16")]
    public void PLAIN_AuthenticatorCannotDecide_FailsInSilence()
    {
        using var server = Server();
        server.ReadCommand(Hello);

        server.Authenticate(AuthenticationResult.TemporaryError("no authenticator"));

        Assert.Equal(MechanismStatus.Failed, server.Status);
        Assert.Throws<InvalidOperationException>(() => server.Write());
        Assert.Equal(AuthenticationStatus.TemporaryError, Assert.IsType<ZmtpAuthenticationException>(server.Failure).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Spec("PLAIN-18", "ZMTP30-30")]
    public void PLAIN_ClientReceivesError_FailsForGood(bool afterInitiate)
    {
        using var client = Client("admin", "wrong");
        client.Write();
        if (afterInitiate)
        {
            client.ReadCommand(Welcome);
            client.Write();
        }

        client.ReadCommand(Error400);

        Assert.Equal(MechanismStatus.Failed, client.Status);
        Assert.False(client.Failure!.MayRetry);
        Assert.Equal(AuthenticationStatus.Denied, Assert.IsType<ZmtpAuthenticationException>(client.Failure).Status);
    }

    [Fact]
    [Spec("PLAIN-18")]
    public void PLAIN_ClientReceivesLibzmqsError_FailsForGoodWithItsCode()
    {
        using var client = Client("admin", "secret");
        client.Write();

        client.ReadCommand(Hex.Of("5E 52 52 4F 52 03 34 30 30"));

        Assert.Equal(MechanismStatus.Failed, client.Status);
        var refusal = Assert.IsType<ZmtpAuthenticationException>(client.Failure);
        Assert.Equal(AuthenticationStatus.Denied, refusal.Status);
        Assert.False(refusal.MayRetry);
    }

    [Fact]
    [Spec("PLAIN-18")]
    public void PLAIN_ServerReceivesError_Closes()
    {
        using var server = Server();
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => server.ReadCommand(Error400));

        using var later = Server();
        later.ReadCommand(Hello);
        later.Authenticate(AuthenticationResult.Success());
        later.Write();
        Expect.Refusal(ProtocolError.UnexpectedCommand, () => later.ReadCommand(Error400));
    }

    [Fact]
    [Spec("PLAIN-15")]
    public void PLAIN_InitiateWithMalformedMetadata_Closes()
    {
        using var server = Server();
        server.ReadCommand(Hello);
        server.Authenticate(AuthenticationResult.Success());
        server.Write();

        Expect.Refusal(ProtocolError.InvalidMetadata, () => server.ReadCommand([.. Initiate, 1]));
    }

    [Fact]
    [Spec("PLAIN-10", "ZMTP30-62", "ZMTP30-68")]
    public void PLAIN_SocketTypeDoesNotFit_ServerAnswersErrorInsteadOfReady()
    {
        using var pair = new MechanismPair(
            PlainSecurity.Client("a", "b"),
            PlainSecurity.Server(),
            HandshakeContexts.Create(SocketType.Req, isConnecting: true),
            HandshakeContexts.Create(SocketType.Pub, isConnecting: false)).Run();

        Assert.Equal((byte[])[5, .. "ERROR"u8, 24, .. "Incompatible-Socket-Type"u8], pair.Commands[^1].Body);
        Assert.Equal(MechanismStatus.Failed, pair.Connecting.Status);
        Assert.Equal(MechanismStatus.Failed, pair.Bound.Status);
    }

    [Fact]
    public void PLAIN_Credentials_AreZeroedOnceTheVerdictIsThere()
    {
        using var server = Server();
        server.ReadCommand(Hello);
        var password = server.AuthenticationRequest.Credentials[1];
        Assert.Equal("secret"u8.ToArray(), password.ToArray());

        server.Authenticate(AuthenticationResult.Denied("no"));

        Assert.Equal(new byte[6], password.ToArray());
    }

    [Fact]
    public void PLAIN_Dispose_ZeroesTheCredentials()
    {
        var server = Server();
        server.ReadCommand(Hello);
        var credentials = server.AuthenticationRequest.Credentials;

        server.Dispose();

        Assert.All(credentials, c => Assert.Equal(-1, c.Span.IndexOfAnyExcept((byte)0)));
    }

    [Fact]
    public void PLAIN_Security_NeverShowsThePassword() =>
        Assert.DoesNotContain("secret", PlainSecurity.Client("admin", "secret").ToString(), StringComparison.Ordinal);

    private static Mechanism Client(string username, string password) =>
        PlainSecurity.Client(username, password).CreateMechanism(HandshakeContexts.Create(SocketType.Dealer, isConnecting: true));

    private static Mechanism Server() => PlainSecurity.Server().CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: false));
}
