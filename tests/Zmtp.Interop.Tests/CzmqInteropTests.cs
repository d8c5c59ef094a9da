using Zmtp.Interop.Tests.Czmq;
using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Interop.Tests;

/// <summary>CZMQ's authenticator and certificates against ours, and the other way round.</summary>
[Collection(CzmqCollection.Name)]
public sealed class CzmqInteropTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly TemporaryDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [Spec("PLAIN-03", "PLAIN-08", "PLAIN-18")]
    [InlineData("admin", "secret", true)]
    [InlineData("ann", "with=equals", true)]
    [InlineData("admin", "wrong", false)]
    [InlineData("nobody", "secret", false)]
    public async Task CZMQ_ZauthWithPasswordFile_JudgesOurClient(string name, string password, bool welcome)
    {
        await File.WriteAllTextAsync(_directory.File("passwords"), "# names\nadmin=secret\nann=with=equals\n");
        using var zauth = new CzmqAuth().Plain(_directory.File("passwords"));
        using var server = new CzmqSocket(LibZmqSocketType.Pull);
        string endpoint = server.Socket.PlainServer("global").Bind();
        await using var client = new PushSocket(_context, new() { Security = PlainSecurity.Client(name, password) });
        await client.ConnectAsync(endpoint);

        await CheckAsync(client, server.Socket, welcome, name);
    }

    [Theory]
    [Spec("CURVE-04", "CURVE-40", "CURVE-71", "ZAP-45")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CZMQ_ZauthWithOurCertificates_JudgesOurClient(bool known)
    {
        using var certificate = Searched.NewCertificate();
        using var other = Searched.NewCertificate();
        certificate.Metadata["name"] = "Ann";
        (known ? certificate : other).SavePublic(_directory.File("client.txt"));
        using var zauth = new CzmqAuth().Allow("127.0.0.1").Curve(_directory.Path);
        using var serverCertificate = CzmqCertificate.Generate();
        using var server = new CzmqSocket(LibZmqSocketType.Pull);
        string endpoint = server.Socket.CurveServer(serverCertificate.Keys, "global").Bind();
        await using var client = new PushSocket(
            _context, new() { Security = CurveSecurity.Client(certificate, CurvePublicKey.Parse(serverCertificate.PublicKey)) });
        await client.ConnectAsync(endpoint);

        await CheckAsync(client, server.Socket, known, certificate.PublicKey.ToString());
    }

    [Fact]
    [Spec("ZAP-26")]
    public async Task CZMQ_ZauthThatDeniesOurAddress_RefusesNull()
    {
        using var zauth = new CzmqAuth().Deny("127.0.0.1");
        using var server = new CzmqSocket(LibZmqSocketType.Pull);
        await using var client = new PushSocket(_context);
        await client.ConnectAsync(server.Socket.Domain("global").Bind());

        await CheckAsync(client, server.Socket, welcome: false, "");
    }

    [Theory]
    [Spec("ZAP-28", "ZAP-45")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CZMQ_ClientWithAZcert_IsJudgedByOurAuthenticator(bool known)
    {
        using var certificate = CzmqCertificate.Generate().SetMeta("name", "Ann").SetMeta("email", "ann@example.org");
        using var other = CzmqCertificate.Generate();
        (known ? certificate : other).Save(_directory.File("client.txt"));
        using var authenticator = new Authenticator(Searched.Log);
        authenticator.Allow("127.0.0.1");
        authenticator.ConfigureCurve("*", _directory.Path);
        _context.Use(authenticator);
        using var serverCertificate = Searched.NewCertificate();
        await using var server = new PullSocket(
            _context, new() { Security = CurveSecurity.Server(serverCertificate), ZapDomain = "global" });
        using var theirs = new LibZmqContext();
        var client = theirs.Socket(LibZmqSocketType.Push).CurveClient(certificate.Keys, serverCertificate.PublicKey.ToString());
        using var monitor = client.Monitor();

        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));

        if (!known)
        {
            Assert.Equal(400u, await monitor.WaitForAsync(LibZmqEvent.HandshakeFailedAuth));
            return;
        }

        await client.SendAsync("hello");
        using var message = await server.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
        Assert.Equal(certificate.PublicKey, message.UserId);
        Assert.Equal("Ann", message.Peer!.VerifiedMetadata.GetText("name"));
        Assert.Equal("ann@example.org", message.Peer!.VerifiedMetadata.GetText("email"));
    }

    [Fact]
    public void CZMQ_CertificateThatItSaved_IsReadByUs()
    {
        using var theirs = CzmqCertificate.Generate().SetMeta("name", "Ann O'Neil").SetMeta("note", "# no comment = here");
        theirs.Save(_directory.File("ann.txt"));

        using var whole = Certificate.Load(_directory.File("ann.txt"));
        using var half = Certificate.LoadPublic(_directory.File("ann.txt"));

        Assert.Equal(theirs.PublicKey, whole.PublicKey.ToString());
        Assert.Equal(theirs.SecretKey, Text.Z85.Encode(whole.KeyPair.SecretKey.AsSpan()));
        Assert.Equal(theirs.PublicKey, half.PublicKey.ToString());
        Assert.False(half.HasSecretKey);
        Assert.Equal("Ann O'Neil", whole.Metadata["name"]);
        Assert.Equal("# no comment = here", half.Metadata["note"]);
    }

    [Fact]
    public void CZMQ_CertificateThatWeSaved_IsReadByIt()
    {
        using var ours = Searched.NewCertificate();
        ours.Metadata["name"] = "Ann O'Neil";
        ours.Metadata["note"] = "she said \"# no\"";
        ours.Save(_directory.File("ann.txt"));

        using var whole = CzmqCertificate.Load(_directory.File("ann.txt"))!;
        File.Delete(_directory.File("ann.txt_secret"));
        using var half = CzmqCertificate.Load(_directory.File("ann.txt"))!;

        Assert.Equal(ours.PublicKey.ToString(), whole.PublicKey);
        Assert.Equal(Text.Z85.Encode(ours.KeyPair.SecretKey.AsSpan()), whole.SecretKey);
        Assert.Equal(ours.PublicKey.ToString(), half.PublicKey);
        Assert.Equal(new string('0', 40), half.SecretKey);
        Assert.Equal("Ann O'Neil", whole.Meta("name"));
        Assert.Equal("she said \"# no\"", half.Meta("note"));
    }

    [Theory]
    [Spec("PLAIN-19", "ZAP-43")]
    [InlineData("admin", "secret", true)]
    [InlineData("ann", "with=equals", true)]
    [InlineData("admin", "wrong", false)]
    public async Task CZMQ_PasswordFile_IsReadByOurAuthenticatorForALibZmqClient(string name, string password, bool welcome)
    {
        await File.WriteAllTextAsync(_directory.File("passwords"), "# names\nadmin=secret\nann=with=equals\n");
        using var authenticator = new Authenticator(Searched.Log);
        authenticator.ConfigurePlain("*", _directory.File("passwords"));
        _context.Use(authenticator);
        await using var server = new PullSocket(_context, new() { Security = PlainSecurity.Server(), ZapDomain = "global" });
        using var events = new SocketEvents(server);
        using var theirs = new LibZmqContext();
        var client = theirs.Socket(LibZmqSocketType.Push).PlainClient(name, password);

        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));

        if (!welcome)
        {
            var error = (await events.NextAsync(SocketEventKind.HandshakeFailed)).Error;
            Assert.Equal(AuthenticationStatus.Denied, Assert.IsType<ZmtpAuthenticationException>(error).Status);
            return;
        }

        await client.SendAsync("hello");
        using var message = await server.ReceiveAsync(TestTimeout.Token);
        Assert.Equal(("hello", name), (message.AsString(), message.UserId));
    }

    private static async Task CheckAsync(PushSocket client, LibZmqSocket server, bool welcome, string userId)
    {
        if (!welcome)
        {
            var refusal = await Assert.ThrowsAsync<ZmtpAuthenticationException>(client.PeerAsync);
            Assert.Equal(AuthenticationStatus.Denied, refusal.Status);
            return;
        }

        await client.SendAsync("hello", TestTimeout.Token);
        var message = await server.ReceiveAsync("User-Id");
        Assert.Equal(["hello"], message.Text);
        Assert.Equal(userId, message.UserId);
    }
}
