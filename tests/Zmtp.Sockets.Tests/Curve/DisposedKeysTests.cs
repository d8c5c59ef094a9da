using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Curve;

/// <summary>Keys that were disposed of too early are told to whoever has done it, and not to the peer as a fault of its own.</summary>
public sealed class DisposedKeysTests : DisposedTests
{
    private readonly ZmtpContext _context = Searched.NewContext();

    public override ValueTask DisposeAsync() => _context.DisposeAsync();

    [Theory]
    [InlineData("pair")]
    [InlineData("server keys")]
    [InlineData("client")]
    public async Task CURVE_KeysDisposedOfBeforeTheSocketBindsOrConnects_ThrowsThere(string whose)
    {
        await using var socket = new PullSocket(_context, Sut.Quick with { Security = WithKeysGone(whose) });

        var bind = await Assert.ThrowsAsync<ObjectDisposedException>(() => socket.BindAsync("tcp://127.0.0.1:*").AsTask().WithinAsync());
        var connect = Assert.Throws<ObjectDisposedException>(() => socket.Connect("tcp://127.0.0.1:1"));

        Assert.All([bind, connect], static error => Assert.Contains("CURVE key pair", error.Message, StringComparison.Ordinal));
        Assert.Empty(socket.BoundEndpoints);
        Assert.Empty(socket.ConnectedEndpoints);
    }

    /// <summary>There is no handshake over inproc, and no key is needed.</summary>
    [Fact]
    public async Task CURVE_KeysDisposedOfBeforeTheSocketBindsInproc_IsBound()
    {
        await using var socket = new PullSocket(_context, Sut.Quick with { Security = WithKeysGone("pair") });

        Assert.Equal("inproc://here", await socket.BindAsync("inproc://here").AsTask().WithinAsync());
    }

    private static CurveSecurity WithKeysGone(string whose)
    {
        using var keys = Searched.NewKeyPair();
        using var serverKeys = new CurveServerKeys(keys);
        return whose switch
        {
            "pair" => CurveSecurity.Server(keys),
            "server keys" => CurveSecurity.Server(serverKeys),
            _ => CurveSecurity.Client(keys, new CurvePublicKey(Zmtp.Testing.Curve.CurveKeys.TestServer.Public)).WithCipher(CurveCipher.Libsodium),
        };
    }
}
