// snippet: security-usings
using System.Threading.Channels;
using Zmtp;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets;
using Zmtp.Zap;
// end
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Guides.Snippets;

/// <summary>Policies, limits, revocation, rotation.</summary>
public sealed class PolicySnippets
{
    [Fact]
    public async Task Policy()
    {
        using var authenticator = new Authenticator(Searched.Log);
        var store = new MemoryCertificateStore();
        using var client = Certificate.Generate();
        store.Set(client.ToPublic());

        // snippet: policy
        authenticator.ConfigureCurve("stock", store);
        authenticator.ConfigurePolicy("stock", async (request, cancellationToken) =>
            await IsActiveAsync(request.UserId, cancellationToken)
                ? AuthenticationResult.Success()
                : AuthenticationResult.Denied("The account is locked."));

        authenticator.LimitConnections(perAddress: 100, perUserId: 4);
        // end

        var request = new AuthenticationRequest("stock", "127.0.0.1", default, "CURVE", [client.PublicKey.AsSpan().ToArray()]);
        var result = await authenticator.AuthenticateAsync(request, TestTimeout.Token);
        result.Admission?.Dispose();
        Assert.Equal(AuthenticationStatus.Success, result.Status);

        static ValueTask<bool> IsActiveAsync(string userId, CancellationToken cancellationToken) => new(userId.Length == 40);
    }

    [Fact]
    public async Task Revocation()
    {
        await using var context = Searched.NewContext();
        using var authenticator = new Authenticator(Searched.Log);
        var store = new MemoryCertificateStore();
        using var serverCertificate = Certificate.Generate();
        using var clientCertificate = Certificate.Generate();
        store.Set(clientCertificate.ToPublic());
        authenticator.ConfigureCurve("*", store);
        context.Use(authenticator);
        await using var server = new PullSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
        await using var client = new PushSocket(
            context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
        client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
        await server.WaitForPeerAsync(TestTimeout.Default);
        using var events = new SocketEvents(server);

        // snippet: revocation
        store.Remove(clientCertificate.PublicKey);  // the connection ends, and the client does not come in again
        // end

        Assert.IsType<ZmtpRevokedException>((await events.NextAsync(SocketEventKind.Disconnected)).Error);
    }

    [Fact]
    public async Task EnrolledLater()
    {
        await using var context = Searched.NewContext();
        using var authenticator = new Authenticator();
        var store = new MemoryCertificateStore();
        using var serverCertificate = Certificate.Generate();
        using var clientCertificate = Certificate.Generate();
        authenticator.ConfigureCurve("*", store);
        context.Use(authenticator);
        await using var server = new PullSocket(context, new() { Security = CurveSecurity.Server(serverCertificate) });
        await using var client = new PushSocket(
            context, new() { Security = CurveSecurity.Client(clientCertificate, serverCertificate.PublicKey) });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        using var events = new SocketEvents(client);
        using var stop = new CancellationTokenSource();

        var asking = AskAgainAsync(TimeSpan.FromMilliseconds(20), stop.Token);
        await events.NextAsync(SocketEventKind.ConnectStopped);
        store.Set(clientCertificate.ToPublic());
        await server.WaitForPeerAsync(TestTimeout.Default);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking).WithinAsync();

        async Task AskAgainAsync(TimeSpan pause, CancellationToken cancellationToken)
        {
            // snippet: enrolled-later
            var refused = Channel.CreateUnbounded<string>();
            client.Event += (_, happened) =>
            {
                if (happened is { Kind: SocketEventKind.ConnectStopped, Error: ZmtpAuthenticationException }) refused.Writer.TryWrite(happened.Endpoint);
            };
            client.Connect(endpoint);

            await foreach (var again in refused.Reader.ReadAllAsync(cancellationToken))
            {
                await Task.Delay(pause, cancellationToken); // a minute, say
                client.Connect(again);
            }
            // end
        }
    }

    [Fact]
    public async Task Rotation()
    {
        await using var context = Searched.NewContext();
        using var first = Certificate.Generate();
        using var second = Certificate.Generate();
        using var third = Certificate.Generate();

        // snippet: rotation
        using var keys = new CurveServerKeys(first.KeyPair);
        await using var server = new PullSocket(context, new() { Security = CurveSecurity.Server(keys) });
        await server.BindAsync("tcp://127.0.0.1:*");

        // Later: new clients learn the new key; for thirty days the old one still opens the door.
        keys.Rotate(second.KeyPair, overlap: TimeSpan.FromDays(30));

        // Once they all know it: the overlap ends early.
        keys.Retire(first.PublicKey);

        // A key that has been stolen is replaced without an overlap: at once it opens the door to nobody.
        keys.Rotate(third.KeyPair, overlap: TimeSpan.Zero);
        // end

        Assert.Equal(third.PublicKey, keys.PublicKey);
        Assert.Empty(keys.RetiringKeys);
    }

    [Fact]
    public async Task ForeignHandler()
    {
        await using var context = Searched.NewContext();
        var password = Searched.Password("correct-horse-by-hand");
        var hash = PasswordHash.Create(password);

        // snippet: foreign-handler
        await using var handler = new RepSocket(context);
        await handler.BindAsync(ZapHandler.Endpoint);   // inproc://zeromq.zap.01
        // end

        await using var server = new PullSocket(context, new() { Security = PlainSecurity.Server() });
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        await using var wrong = new PushSocket(context, new() { Security = PlainSecurity.Client("joe", "a guess") });
        wrong.Connect(endpoint);
        await AnswerAsync().WithinAsync();
        var refusal = await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => wrong.WaitForPeerAsync(TestTimeout.Default));
        Assert.Equal(AuthenticationStatus.Denied, refusal.Status);

        await using var right = new PushSocket(context, new() { Security = PlainSecurity.Client("joe", password) });
        right.Connect(endpoint);
        await AnswerAsync().WithinAsync();
        Assert.Equal("joe", (await server.WaitForPeerAsync(TestTimeout.Default)).UserId);

        async Task AnswerAsync()
        {
            // snippet: foreign-handler-loop
            using var request = await handler.ReceiveAsync();   // version, request id, domain, address, identity, mechanism, credentials
            var isJoe = request.FrameCount == 8 && request.AsString(5) == "PLAIN" &&
                hash.Verify(request[7].Span) &&                 // a PasswordHash: in constant time, and before the name is looked at
                request.AsString(6) == "joe";

            var reply = Message.Create().Append("1.0").Append(request[1].Span);
            if (isJoe) reply.Append("200").Append("OK").Append("joe").Append("");   // …, user id, metadata
            else reply.Append("400").Append("Not known here").Append("").Append("");
            await handler.SendAsync(reply);
            // end
        }
    }
}
