using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Guides.Snippets;

/// <summary>The five houses.</summary>
public sealed class HouseSnippets : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zmtp-houses");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Grasslands()
    {
        await using var context = Searched.NewContext();

        // snippet: grasslands
        await using var server = new PushSocket(context);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        await using var client = new PullSocket(context);
        client.Connect(endpoint);
        // end

        await ExpectAsync(server, client);
    }

    [Fact]
    public async Task Strawhouse()
    {
        await using var context = Searched.NewContext();

        // snippet: strawhouse
        using var authenticator = new Authenticator();
        authenticator.Allow("127.0.0.1", "10.1.0.0/16");
        authenticator.Deny("10.1.2.3");
        context.Use(authenticator);

        // Under NULL it is the domain that makes a socket ask the authenticator.
        await using var server = new PushSocket(context, new() { ZapDomain = "stock" });
        var endpoint = await server.BindAsync("tcp://*:*");
        // end

        await using var client = new PullSocket(context);
        client.Connect(endpoint);
        await ExpectAsync(server, client);
    }

    [Fact]
    public async Task Woodhouse()
    {
        await using var context = Searched.NewContext();
        var passwordFile = Path.Combine(_directory.FullName, "passwords");
        var password = Searched.Password("correct-horse-battery");

        // snippet: passwords
        using (var users = PasswordFileEditor.Open(passwordFile))
        {
            users.Set("joe", PasswordHash.Create(password));
            users.Save();
        }
        // end

        // snippet: woodhouse
        using var authenticator = new Authenticator();
        authenticator.ConfigurePlain("*", passwordFile);
        context.Use(authenticator);

        await using var server = new PushSocket(context, new() { Security = PlainSecurity.Server() });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        await using var client = new PullSocket(context, new() { Security = PlainSecurity.Client("joe", password) });
        client.Connect(endpoint);
        // end

        await ExpectAsync(server, client);
    }

    [Fact]
    public async Task Stonehouse()
    {
        await using var context = Searched.NewContext();

        // snippet: stonehouse
        using var serverCertificate = Certificate.Generate();
        await using var server = new PushSocket(context, new()
        {
            // Said by name: whoever has any key at all comes in.
            Security = CurveSecurity.Server(serverCertificate, CurveClients.AllowAny),
        });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");

        using var clientCertificate = Certificate.Generate();
        await using var client = new PullSocket(context, new()
        {
            Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey),
        });
        client.Connect(endpoint);
        // end

        await ExpectAsync(server, client);
        var peer = await server.WaitForPeerAsync(TestTimeout.Default);
        Assert.Equal(clientCertificate.PublicKey, new CurvePublicKey(peer.PublicKey.Span));
        Assert.Empty(peer.UserId);
    }

    [Fact]
    public void KeysOfNetMq()
    {
        using var keys = Searched.NewKeyPair();
        var publicKeyZ85 = keys.PublicKey.ToString();
        var secretKeyZ85 = Zmtp.Text.Z85.Encode(keys.SecretKey.AsSpan());
        var file = Path.Combine(_directory.FullName, "netmq.cert");

        // snippet: from-netmq
        using var secretKey = CurveSecretKey.Parse(secretKeyZ85);   // its SecretKeyZ85
        using var keyPair = new CurveKeyPair(CurvePublicKey.Parse(publicKeyZ85), secretKey);
        using var certificate = new Certificate(keyPair);
        certificate.Save(file);
        // end

        using var loaded = Certificate.Load(file);
        Assert.Equal(keys.SecretKey, loaded.KeyPair.SecretKey);
    }

    [Fact]
    public async Task Ironhouse()
    {
        await using var context = Searched.NewContext();
        var serverFile = Path.Combine(_directory.FullName, "server.cert");
        var clientFile = Path.Combine(_directory.FullName, "client.cert");
        var storeDirectory = Path.Combine(_directory.FullName, "clients");
        Directory.CreateDirectory(storeDirectory);

        // snippet: certificates
        using (var certificate = Certificate.Generate())
        {
            certificate.Metadata["name"] = "Ann";
            certificate.Metadata["organization"] = "Example Ltd";

            // client.cert, to give away, and client.cert_secret, to keep: mode 0600, and never overwritten unasked.
            certificate.Save(clientFile);
            certificate.SavePublic(Path.Combine(storeDirectory, "ann.cert"));
        }
        // end

        using (var certificate = Certificate.Generate()) certificate.Save(serverFile);

        // snippet: ironhouse-server
        using var authenticator = new Authenticator();
        authenticator.ConfigureCurve("stock", storeDirectory);
        context.Use(authenticator);

        using var serverCertificate = Certificate.Load(serverFile);
        await using var server = new PullSocket(context, new()
        {
            Security = CurveSecurity.Server(serverCertificate),
            ZapDomain = "stock",
        });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        // end

        // snippet: ironhouse-client
        using var clientCertificate = Certificate.Load(clientFile);
        using var knownServer = Certificate.LoadPublic(serverFile);
        await using var client = new PushSocket(context, new()
        {
            Security = CurveSecurity.Client(clientCertificate, knownServer.PublicKey),
        });
        client.Connect(endpoint);
        await client.WaitForPeerAsync(TimeSpan.FromSeconds(5)); // or an exception: why not, if that is known
        await client.SendAsync("an order");
        // end

        // snippet: who-sent-it
        using var message = await server.ReceiveAsync();
        var key = message.UserId;                                       // the client's public key, proven
        var name = message.Peer!.VerifiedMetadata.GetText("name");      // "Ann", from her certificate in our store
        // end

        Assert.Equal(clientCertificate.PublicKey.ToString(), key);
        Assert.Equal("Ann", name);
    }

    private static async Task ExpectAsync(PushSocket server, PullSocket client)
    {
        await server.SendAsync("hello", TestTimeout.Token);
        using var message = await client.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
    }
}
