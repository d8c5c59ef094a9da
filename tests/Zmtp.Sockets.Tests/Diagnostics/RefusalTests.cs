using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Diagnostics;

/// <summary>
/// Every refused connection is told once at each end: one event with the reason, and one line at Warning with the same words, which
/// say what happened and what to check.
/// </summary>
public sealed class RefusalTests
{
    /// <summary>One attempt is all there is.</summary>
    private static readonly SocketOptions Once = Sut.Quick with
    {
        ReconnectInterval = TimeSpan.FromHours(1),
        ReconnectIntervalMax = TimeSpan.FromHours(1),
    };

    public static TheoryData<string> Cases => new(RefusalCases.All.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task REFUSAL_BetweenTwoSockets_IsOneEventAndOneWarningAtEachEnd(string cause)
    {
        var refusal = RefusalCases.All[cause]();
        await using var server = new Side(
            refusal.ServerType,
            Once with { Security = refusal.Server, ZapDomain = refusal.Domain, HandshakeTimeout = refusal.HandshakeTimeout },
            refusal.Time);
        await using var client = new Side(refusal.ClientType, Once with { Security = refusal.Client });
        if (refusal.Authenticator is not null) server.Context.Use(refusal.Authenticator);

        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        await refusal.Meanwhile();
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);

        await server.ExpectAloneAsync(atServer);
        await client.ExpectAloneAsync(atClient);
        Assert.All(refusal.ServerSays, words => Assert.Contains(words, atServer.Error!.Message, StringComparison.Ordinal));
        Assert.All(refusal.ClientSays, words => Assert.Contains(words, atClient.Error!.Message, StringComparison.Ordinal));
        (refusal.Authenticator as IDisposable)?.Dispose();
    }

    [Fact]
    public async Task REFUSAL_ByAnAuthenticatorBehindZap_CarriesItsReasonInFull()
    {
        using var policy = new Authenticator(Searched.Log);
        policy.ConfigureCurve("*", new MemoryCertificateStore());
        await using var server = new Side(SocketType.Pull, Once with { Security = TestServers.Asking("CURVE").Security });
        await using var client = new Side(SocketType.Push, Once with { Security = TestSecurity.Client("CURVE") });
        await using var handler = await server.Context.ServeZapAsync(policy);

        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);

        await server.ExpectAloneAsync(atServer);
        await client.ExpectAloneAsync(atClient);
        Assert.Contains("is not in the certificate store", atServer.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REVOCATION_OfAConnectedPeer_IsOneEventAndOneWarningAtTheServer()
    {
        var store = new MemoryCertificateStore();
        using var keys = Searched.NewKeyPair();
        store.Set(keys.PublicKey);
        using var policy = new Authenticator(Searched.Log);
        policy.ConfigureCurve("*", store);
        await using var server = new Side(SocketType.Pull, Once with { Security = TestServers.Asking("CURVE").Security });
        await using var client = new Side(
            SocketType.Push, Once with { Security = CurveSecurity.Client(keys, new CurvePublicKey(CurveKeys.TestServer.Public)) });
        server.Context.Use(policy);
        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        await server.Socket.WaitForPeerAsync(TestTimeout.Default);
        await client.Socket.WaitForPeerAsync(TestTimeout.Default);

        store.Remove(keys.PublicKey);
        var atServer = await server.FailsAsync(SocketEventKind.Disconnected);
        await client.FailsAsync(SocketEventKind.Disconnected);

        await server.ExpectAloneAsync(atServer);
        Assert.IsType<ZmtpRevokedException>(atServer.Error);
        Assert.Contains(keys.PublicKey.ToString(), atServer.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP")]
    [InlineData("\u0016\u0003\u0001\u0000\u0045\u0001", "TLS")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", "does not speak ZMTP")]
    [InlineData("\u0001\u0000\u0006\u0000hello", "ZMTP 1.0")]
    [InlineData("\u00FF\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u007F\u0001\u0005\u0000\u0000", "ZMTP 2.0")]
    public async Task REFUSAL_OfAnotherProtocol_IsOneEventAndOneWarningWhoeverConnected(string latin1, string says)
    {
        var octets = System.Text.Encoding.Latin1.GetBytes(latin1);
        await using var server = new Side(SocketType.Pull, Once);
        await using var raw = await RawPeer.ConnectAsync(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        await raw.SendAsync(octets);
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        await server.ExpectAloneAsync(atServer);

        await using var client = new Side(SocketType.Push, Once);
        await using var listener = RawListener.Open();
        client.Socket.Connect(listener.Endpoint);
        await using var accepted = await listener.AcceptAsync();
        await accepted.SendAsync(octets);
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);
        await client.ExpectAloneAsync(atClient);

        Assert.Contains(says, atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains(says, atClient.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("heck", atServer.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REFUSAL_OfASilentPeer_IsOneEventAndOneWarningWhoeverConnected()
    {
        var hasty = Once with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) };
        await using var server = new Side(SocketType.Pull, hasty);
        await using var raw = await RawPeer.ConnectAsync(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        await server.ExpectAloneAsync(atServer);

        await using var client = new Side(SocketType.Push, hasty);
        await using var listener = RawListener.Open();
        client.Socket.Connect(listener.Endpoint);
        await using var accepted = await listener.AcceptAsync();
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);
        await client.ExpectAloneAsync(atClient);

        Assert.Contains("did not finish its handshake within 0.3 s. Check", atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("did not finish its handshake within 0.3 s. Check", atClient.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REFUSAL_OfAnIdentityInUse_IsOneEventAndOneWarningAtEachEnd()
    {
        var named = Once with { RoutingId = "ann"u8.ToArray() };
        await using var server = new Side(SocketType.Router, Once);
        await using var first = new Side(SocketType.Dealer, named);
        await using var second = new Side(SocketType.Dealer, named);
        var endpoint = await server.Socket.BindAsync("tcp://127.0.0.1:*");
        first.Socket.Connect(endpoint);
        await server.Socket.WaitForPeerAsync(TestTimeout.Default);

        second.Socket.Connect(endpoint);
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await second.FailsAsync(SocketEventKind.Disconnected);

        Assert.Empty(first.Log.Warnings);
        await second.ExpectAloneAsync(atClient);
        await server.ExpectAloneAsync(atServer);
        Assert.Contains("has this Identity", atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("no other peer has our Identity", atClient.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REFUSAL_OfASecondPeerOfAPair_IsOneEventAndOneWarningAtEachEnd()
    {
        await using var server = new Side(SocketType.Pair, Once);
        await using var first = new Side(SocketType.Pair, Once);
        await using var second = new Side(SocketType.Pair, Once);
        var endpoint = await server.Socket.BindAsync("tcp://127.0.0.1:*");
        first.Socket.Connect(endpoint);
        await server.Socket.WaitForPeerAsync(TestTimeout.Default);

        second.Socket.Connect(endpoint);
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await second.FailsAsync(SocketEventKind.Disconnected);

        await second.ExpectAloneAsync(atClient);
        await server.ExpectAloneAsync(atServer);
        Assert.Contains("PAIR", atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("PAIR socket has no other peer", atClient.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REFUSAL_OfAHandshakeThatIsCrowdedOut_IsOneEventAndOneWarningAtEachEnd()
    {
        var asked = new TaskCompletionSource();
        await using var server = new Side(
            SocketType.Pull, Once with { Security = PlainSecurity.Server(), MaxPendingHandshakes = 1 });
        await using var client = new Side(SocketType.Push, Once with { Security = PlainSecurity.Client("joe", "pa55word") });
        server.Context.Use(new FunctionAuthenticator(_ =>
        {
            asked.TrySetResult();
            return new TaskCompletionSource<AuthenticationResult>().Task;
        }));
        var endpoint = await server.Socket.BindAsync("tcp://127.0.0.1:*");
        client.Socket.Connect(endpoint);
        await asked.Task.WithinAsync();

        await using var newcomer = await RawPeer.ConnectAsync(endpoint);
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);

        await server.ExpectAloneAsync(atServer);
        await client.ExpectAloneAsync(atClient);
        Assert.Contains("MaxPendingHandshakes", atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("server's log", atClient.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task REFUSAL_WhileTheStoresDirectoryIsGone_NamesTheDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-gone");
        using var store = CertificateStore.Open(directory.FullName, Searched.Log);
        using var policy = new Authenticator(Searched.Log);
        policy.ConfigureCurve("*", store);
        directory.Delete(recursive: true);
        store.Refresh();
        await using var server = new Side(SocketType.Pull, Once with { Security = TestServers.Asking("CURVE").Security });
        await using var client = new Side(SocketType.Push, Once with { Security = TestSecurity.Client("CURVE") });
        server.Context.Use(policy);

        client.Socket.Connect(await server.Socket.BindAsync("tcp://127.0.0.1:*"));
        var atServer = await server.FailsAsync(SocketEventKind.HandshakeFailed);
        var atClient = await client.FailsAsync(SocketEventKind.HandshakeFailed);

        await server.ExpectAloneAsync(atServer);
        await client.ExpectAloneAsync(atClient);
        Assert.Contains(directory.FullName, atServer.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", atServer.Error.Message, StringComparison.Ordinal);
    }
}
