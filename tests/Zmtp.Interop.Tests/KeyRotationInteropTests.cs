using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Mechanisms;
using Zmtp.Sockets;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests;

/// <summary>Our server changes its key; libzmq's clients know the one or the other.</summary>
public sealed class KeyRotationInteropTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly LibZmqContext _theirs = new();
    private readonly LibZmqKeys _new = LibZmqKeys.Generate();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        _theirs.Dispose();
    }

    [Fact]
    public async Task LIBZMQ_ClientsAcrossARotation_GetInByTheKeysThatCount()
    {
        using var oldKeys = LibZmqKeys.TestServer.ToKeyPair();
        using var newKeys = _new.ToKeyPair();
        using var keys = new CurveServerKeys(oldKeys);
        await using var server = new PullSocket(_context, new() { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) });
        using var events = new SocketEvents(server);
        string endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        var live = Client(endpoint, LibZmqKeys.TestServer);
        await ExpectThroughAsync(server, live, "before");

        keys.Rotate(newKeys, Timeout.InfiniteTimeSpan);
        await ExpectThroughAsync(server, live, "live, during");
        await ExpectThroughAsync(server, Client(endpoint, LibZmqKeys.TestServer), "old key, during");
        await ExpectThroughAsync(server, Client(endpoint, _new), "new key, during");

        keys.Retire(oldKeys.PublicKey);
        await ExpectThroughAsync(server, live, "live, after");
        await ExpectThroughAsync(server, Client(endpoint, _new), "new key, after");
        Assert.DoesNotContain(events.Drain(), happened => happened.Kind == SocketEventKind.HandshakeFailed);
        var late = _theirs.Socket(LibZmqSocketType.Push).CurveClient(LibZmqKeys.TestClient, LibZmqKeys.TestServer.Public);
        using var monitor = late.Monitor();
        late.Connect(endpoint);
        await monitor.WaitForAsync(LibZmqEvent.HandshakeFailedNoDetail);
        var error = Assert.IsType<ZmtpProtocolException>((await events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
        Assert.Equal(ProtocolError.Cryptographic, error.Error);
    }

    private static async Task ExpectThroughAsync(PullSocket server, LibZmqSocket client, string text)
    {
        await client.SendAsync(text);
        using var message = await server.ReceiveAsync(TestTimeout.Token);
        Assert.Equal(text, message.AsString());
    }

    private LibZmqSocket Client(string endpoint, LibZmqKeys serverKeys)
    {
        var client = _theirs.Socket(LibZmqSocketType.Push).CurveClient(LibZmqKeys.TestClient, serverKeys.Public);
        client.Connect(endpoint);
        return client;
    }
}
