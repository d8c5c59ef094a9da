using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Curve;

/// <summary>A server changes its key while it is bound: over real sockets, with clients that know the one or the other.</summary>
public sealed class KeyRotationTests : DisposedTests
{
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly FakeTimeProvider _time = new();
    private readonly CurveKeyPair _old = Searched.NewKeyPair();
    private readonly CurveKeyPair _new = Searched.NewKeyPair();
    private readonly CurveKeyPair _client = Searched.NewKeyPair();
    private readonly CurveServerKeys _keys;

    public KeyRotationTests() => _keys = new CurveServerKeys(_old, _time);

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync().WithinAsync();
        _keys.Dispose();
        _old.Dispose();
        _new.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task ROTATION_OldAndNewClientsAndALiveConnection_EachAsTheOverlapHasIt()
    {
        await using var server = new PullSocket(_context, Sut.Quick with { Security = CurveSecurity.Server(_keys, CurveClients.AllowAny) });
        var events = new EventLog(server);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        await using var live = Client(endpoint, _old);
        await ExpectThroughAsync(server, live, "before");

        _keys.Rotate(_new, Overlap);
        await ExpectThroughAsync(server, live, "live, during");
        await using var oldDuring = Client(endpoint, _old);
        await ExpectThroughAsync(server, oldDuring, "old key, during");
        await using var newDuring = Client(endpoint, _new);
        await ExpectThroughAsync(server, newDuring, "new key, during");

        _time.Advance(Overlap);
        await ExpectThroughAsync(server, live, "live, after");
        await ExpectThroughAsync(server, oldDuring, "old key, after");
        await using var newAfter = Client(endpoint, _new);
        await ExpectThroughAsync(server, newAfter, "new key, after");
        Assert.DoesNotContain(events.Rest(), happened => happened.Error is not null);
        await using var oldAfter = Client(endpoint, _old);
        var refused = Assert.IsType<ZmtpProtocolException>((await events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
        Assert.Equal(ProtocolError.Cryptographic, refused.Error);
        Assert.Equal(0, oldAfter.PeerCount);
    }

    [Fact]
    public async Task ROTATION_ClientWithTheNewKey_GetsInOnceTheServerHasRotated()
    {
        await using var server = new PullSocket(_context, Sut.Quick with { Security = CurveSecurity.Server(_keys, CurveClients.AllowAny) });
        var events = new EventLog(server);
        await using var early = Client(await server.BindAsync("tcp://127.0.0.1:*"), _new);
        await events.NextAsync(SocketEventKind.HandshakeFailed);
        _keys.Rotate(_new, TimeSpan.Zero);
        await ExpectThroughAsync(server, early, "hello");
    }

    private static async Task ExpectThroughAsync(PullSocket server, PushSocket client, string text)
    {
        await client.SendAsync(text).WithinAsync();
        Assert.Equal(text, await server.NextAsync());
    }

    private PushSocket Client(string endpoint, CurveKeyPair serverKeys)
    {
        var client = new PushSocket(_context, Sut.Quick with { Security = CurveSecurity.Client(_client, serverKeys.PublicKey) });
        client.Connect(endpoint);
        return client;
    }
}
