using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>
/// Over real sockets: who is taken out is disconnected without a restart, is told 400 when it comes back, and stops. Others stay.
/// </summary>
public sealed class RevocationTests : DisposedTests
{
    private const string Domain = TestServers.Domain;

    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly Authenticator _authenticator = new();
    private readonly CurveKeyPair _serverKeys = Searched.NewKeyPair();
    private readonly CurveKeyPair _goneKeys = Searched.NewKeyPair();
    private readonly CurveKeyPair _stayingKeys = Searched.NewKeyPair();

    public override async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync().WithinAsync();
        _authenticator.Dispose();
        foreach (var keys in new[] { _serverKeys, _goneKeys, _stayingKeys }) keys.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task REVOKED_CertificateOfAStore_ItsClientIsSentAwayAndToldWhenItComesBack(bool byFrames)
    {
        var store = new FakeCertificates().With(_goneKeys.PublicKey).With(_stayingKeys.PublicKey);
        _authenticator.ConfigureCurve(Domain, store);
        await using var served = await AnswerAsync(byFrames);
        await ExpectRevokedAsync(
            "CURVE",
            CurveSecurity.Client(_goneKeys, _serverKeys.PublicKey),
            CurveSecurity.Client(_stayingKeys, _serverKeys.PublicKey),
            () => store.Remove(_goneKeys.PublicKey),
            "certificate");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task REVOKED_UserOrPassword_ItsClientIsSentAwayAndToldWhenItComesBack(bool byFrames, bool isRemoved)
    {
        var store = new FakePasswords().With("joe", "one").With("ann", "two");
        _authenticator.ConfigurePlain(Domain, store);
        await using var served = await AnswerAsync(byFrames);
        await ExpectRevokedAsync(
            "PLAIN",
            PlainSecurity.Client("joe", "one"),
            PlainSecurity.Client("ann", "two"),
            () =>
            {
                if (isRemoved) store.Remove("joe");
                else store.With("joe", "changed");
            },
            isRemoved ? "removed" : "changed");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task REVOKED_CertificateFileOrDirectory_ItsClientIsSentAwayAndToldWhenItComesBack(bool wholeDirectory)
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-revoked-").FullName;
        try
        {
            Save(Path.Combine(directory, "a", "gone"), _goneKeys.PublicKey);
            Save(Path.Combine(directory, "b", "staying"), _stayingKeys.PublicKey);
            _authenticator.ConfigureCurve(Domain, directory);
            _context.Use(_authenticator);
            await ExpectRevokedAsync(
                "CURVE",
                CurveSecurity.Client(_goneKeys, _serverKeys.PublicKey),
                CurveSecurity.Client(_stayingKeys, _serverKeys.PublicKey),
                () =>
                {
                    if (wholeDirectory) Directory.Delete(Path.Combine(directory, "a"), recursive: true);
                    else File.Delete(Path.Combine(directory, "a", "gone"));
                },
                "certificate");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task REVOKED_DirectoryOfTheStoreVanishes_EverybodyIsSentAway()
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-revoked-").FullName;
        Save(Path.Combine(directory, "gone"), _goneKeys.PublicKey);
        _authenticator.ConfigureCurve(Domain, directory);
        _context.Use(_authenticator);
        await using var server = new PullSocket(_context, Server("CURVE"));
        var events = new EventLog(server);
        await using var gone = Client(
            CurveSecurity.Client(_goneKeys, _serverKeys.PublicKey), await server.BindAsync("tcp://127.0.0.1:*"));
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
        var told = new EventLog(gone);

        Directory.Delete(directory, recursive: true);

        await ExpectToldAsync(events, told, "certificate");
    }

    [Fact]
    public async Task REVOKED_CertificateOfAMemoryStore_ItsClientIsSentAwayAndToldWhenItComesBack()
    {
        var store = new MemoryCertificateStore();
        store.Set(_goneKeys.PublicKey);
        store.Set(_stayingKeys.PublicKey);
        _authenticator.ConfigureCurve(Domain, store);
        _context.Use(_authenticator);
        await ExpectRevokedAsync(
            "CURVE",
            CurveSecurity.Client(_goneKeys, _serverKeys.PublicKey),
            CurveSecurity.Client(_stayingKeys, _serverKeys.PublicKey),
            () => store.Remove(_goneKeys.PublicKey),
            "certificate");
    }

    [Theory]
    [InlineData("ann=two\n", "removed")]
    [InlineData("joe=changed\nann=two\n", "changed")]
    public async Task REVOKED_LineOfAPasswordFile_ItsClientIsSentAwayAndToldWhenItComesBack(string text, string reason)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("zmtp-revoked-").FullName, "passwords");
        try
        {
            await File.WriteAllTextAsync(file, "joe=one\nann=two\n");
            _authenticator.ConfigurePlain(Domain, file);
            _context.Use(_authenticator);
            await ExpectRevokedAsync(
                "PLAIN", PlainSecurity.Client("joe", "one"), PlainSecurity.Client("ann", "two"), () => File.WriteAllText(file, text), reason);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task REVOKED_Address_ItsPeersAreSentAwayAndToldWhenTheyComeBack(bool byFrames)
    {
        await using var served = await AnswerAsync(byFrames);
        await using var server = new PullSocket(_context, TestServers.Asking("NULL"));
        var events = new EventLog(server);
        var port = new Uri(await server.BindAsync("tcp://0.0.0.0:*")).Port;
        await using var staying = Client(NullSecurity.Instance, $"tcp://127.0.0.1:{port}");
        await using var gone = Client(NullSecurity.Instance, $"tcp://127.0.0.2:0;127.0.0.1:{port}");
        await ExpectSentAwayAsync(server, events, gone, staying, () => _authenticator.Deny("127.0.0.2"), "denied");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task REVOKED_NullOfADomain_ItsPeersAreSentAwayAndThoseOfOtherDomainsStay(bool byFrames)
    {
        await using var served = await AnswerAsync(byFrames);
        await using var other = new PullSocket(_context, Sut.Quick with { ZapDomain = "other" });
        await using var staying = Client(NullSecurity.Instance, await other.BindAsync("tcp://127.0.0.1:*"));
        await staying.WaitForPeerAsync(TestTimeout.Default);
        await using var server = new PullSocket(_context, TestServers.Asking("NULL"));
        var events = new EventLog(server);
        await using var gone = Client(NullSecurity.Instance, await server.BindAsync("tcp://127.0.0.1:*"));
        await gone.WaitForPeerAsync(TestTimeout.Default);

        // Under NULL the client may be ready before the server is, whose handshake would fail instead.
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);

        var told = new EventLog(gone);

        _authenticator.ConfigureNull(Domain, allow: false);

        await ExpectToldAsync(events, told, "NULL");
        await staying.SendAsync("still here").WithinAsync();
        Assert.Equal("still here", await other.NextAsync());
    }

    [Fact]
    public async Task REVOKED_UnderLoad_EveryoneConcernedIsGoneWithinASecond()
    {
        // Something else may hold the machine up, but not each time.
        const int Tries = 3;
        _context.Use(_authenticator);
        var took = TimeSpan.MaxValue;
        for (var i = 0; i < Tries && took >= TimeSpan.FromSeconds(1); i++) took = await RevokeHalfAsync(clientCount: 40);
        Assert.True(took < TimeSpan.FromSeconds(1), $"It took {took}.");
    }

    [Fact]
    public async Task LIMIT_PerAddress_NextClientGetsInWhenOneHasLeft()
    {
        _authenticator.LimitConnectionsIn(Domain, perAddress: 1, perUserId: null);
        _context.Use(_authenticator);
        await using var server = new PullSocket(_context, TestServers.Asking("NULL"));
        var events = new EventLog(server);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        var first = Client(NullSecurity.Instance, endpoint);
        await first.WaitForPeerAsync(TestTimeout.Default);
        await using var second = Client(NullSecurity.Instance, endpoint);
        var refused = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(AuthenticationStatus.TemporaryError, Assert.IsType<ZmtpAuthenticationException>(refused.Error).Status);

        await first.DisposeAsync();

        await second.SendAsync("hello").WithinAsync();
        Assert.Equal("hello", await server.NextAsync());
        Assert.Equal(1, _authenticator.PeerCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LIMIT_ManyClientsComeAndGo_NobodyIsCountedWhoIsNotThere(bool byFrames)
    {
        await using var served = await AnswerAsync(byFrames);
        await using (var server = new PullSocket(_context, TestServers.Asking("NULL")))
        {
            var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
            for (var round = 0; round < 5; round++)
            {
                var clients = Enumerable.Range(0, 20).Select(_ => Client(NullSecurity.Instance, endpoint)).ToArray();

                // Some are closed in the middle of their handshakes.
                foreach (var client in clients[..10]) await client.WaitForPeerAsync(TestTimeout.Default);
                await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).WithinAsync();
            }
        }

        Assert.True(SpinWait.SpinUntil(() => _authenticator.PeerCount == 0, TestTimeout.Default), $"{_authenticator.PeerCount} are left.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZAP-28", "ZAP-45")]
    public async Task CURVE_CertificateMetadataAndUserId_AreOnEveryMessage(bool byFrames)
    {
        _authenticator.ConfigureCurve(Domain, new FakeCertificates().With(_goneKeys.PublicKey, ("name", "Ann"), ("email", "ann@example.org")));
        _authenticator.ConfigureCurve("any", CurveClients.AllowAny);
        await using var served = await AnswerAsync(byFrames);
        foreach (var domain in new[] { Domain, "any" })
        {
            await using var server = new PullSocket(_context, Server("CURVE") with { ZapDomain = domain });
            await using var client = Client(
                CurveSecurity.Client(_goneKeys, _serverKeys.PublicKey), await server.BindAsync("tcp://127.0.0.1:*"));
            for (var i = 0; i < 2; i++)
            {
                await client.SendAsync("hello").WithinAsync();
                using var message = await server.ReceiveAsync().WithinAsync();
                Assert.Equal(_goneKeys.PublicKey.ToString(), message.UserId);
                Assert.Equal(_goneKeys.PublicKey.AsSpan().ToArray(), message.Peer!.PublicKey.ToArray());
                Assert.Equal(domain == "any" ? null : "Ann", message.Peer.VerifiedMetadata.GetText("name"));
                Assert.Equal(domain == "any" ? null : "ann@example.org", message.Peer.VerifiedMetadata.GetText("email"));
            }
        }
    }

    [Fact]
    [Spec("ZAP-13")]
    public async Task ADDRESS_PeerOfAnIpv6Listener_IsJudgedAsTheIpv4AddressThatItHas()
    {
        _context.Use(_authenticator);
        await using var server = new PullSocket(_context, TestServers.Asking("NULL"));
        var events = new EventLog(server);
        var port = new Uri(await server.BindAsync("tcp://[::]:*")).Port;
        _authenticator.Allow("127.0.0.1");

        await using var four = Client(NullSecurity.Instance, $"tcp://127.0.0.1:{port}");
        Assert.Equal("127.0.0.1", (await server.WaitForPeerAsync(TestTimeout.Default)).Address);
        await using var six = Client(NullSecurity.Instance, $"tcp://[::1]:{port}");
        Assert.IsType<ZmtpAuthenticationException>((await events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
        _authenticator.Deny("127.0.0.0/8");
        Assert.IsType<ZmtpRevokedException>((await events.NextAsync(SocketEventKind.Disconnected)).Error);
    }

    private static void Save(string path, CurvePublicKey key)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var certificate = new Certificate(key);
        certificate.SavePublic(path);
    }

    private async Task<IAsyncDisposable?> AnswerAsync(bool byFrames)
    {
        if (byFrames) return await _context.ServeZapAsync(_authenticator);
        _context.Use(_authenticator);
        return null;
    }

    private SocketOptions Server(string mechanism) => mechanism == "CURVE"
        ? Sut.Quick with { ZapDomain = Domain, Security = CurveSecurity.Server(_serverKeys) }
        : TestServers.Asking(mechanism);

    private PushSocket Client(ZmtpSecurity security, string endpoint)
    {
        var client = new PushSocket(_context, Sut.Quick with { Security = security });
        client.Connect(endpoint);
        return client;
    }

    /// <summary>Revokes the keys of half of the clients while all of them are there.</summary>
    /// <returns>How long it took until those were gone, and nobody else.</returns>
    private async Task<TimeSpan> RevokeHalfAsync(int clientCount)
    {
        var store = new FakeCertificates();
        var keys = Enumerable.Range(0, clientCount).Select(_ => Searched.NewKeyPair()).ToArray();
        foreach (var key in keys) store.With(key.PublicKey);
        _authenticator.ConfigureCurve(Domain, store);
        await using var server = new PullSocket(_context, Server("CURVE"));
        var events = new EventLog(server);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        var clients = keys.Select(key => Client(CurveSecurity.Client(key, _serverKeys.PublicKey), endpoint)).ToArray();
        foreach (var client in clients) await client.WaitForPeerAsync(TestTimeout.Default);
        for (var i = 0; i < clientCount; i++) await events.NextAsync(SocketEventKind.HandshakeSucceeded);

        var start = TimeProvider.System.GetTimestamp();
        foreach (var key in keys[..(clientCount / 2)]) store.Remove(key.PublicKey);
        for (var i = 0; i < clientCount / 2; i++)
        {
            Assert.IsType<ZmtpRevokedException>((await events.NextAsync(SocketEventKind.Disconnected)).Error);
        }

        var took = TimeProvider.System.GetElapsedTime(start);
        Assert.Equal(clientCount / 2, server.PeerCount);
        foreach (var client in clients) await client.DisposeAsync();
        foreach (var key in keys) key.Dispose();
        return took;
    }

    private async Task ExpectRevokedAsync(
        string mechanism, ZmtpSecurity goneSecurity, ZmtpSecurity stayingSecurity, Action revoke, string reason)
    {
        await using var server = new PullSocket(_context, Server(mechanism));
        var events = new EventLog(server);
        var endpoint = await server.BindAsync("tcp://127.0.0.1:*");
        await using var staying = Client(stayingSecurity, endpoint);
        await using var gone = Client(goneSecurity, endpoint);
        await ExpectSentAwayAsync(server, events, gone, staying, revoke, reason);
    }

    private static async Task ExpectSentAwayAsync(
        PullSocket server, EventLog events, PushSocket gone, PushSocket staying, Action revoke, string reason)
    {
        await gone.SendAsync("gone").WithinAsync();
        await staying.SendAsync("staying").WithinAsync();
        string[] received = [await server.NextAsync(), await server.NextAsync()];
        Assert.Equal(["gone", "staying"], received.Order());

        var told = new EventLog(gone);

        revoke();

        await ExpectToldAsync(events, told, reason);
        await staying.SendAsync("still here").WithinAsync();
        Assert.Equal("still here", await server.NextAsync());
        Assert.Equal(1, server.PeerCount);
        Assert.DoesNotContain(events.Rest(), happened => happened.Kind == SocketEventKind.Disconnected);
    }

    private static async Task ExpectToldAsync(EventLog server, EventLog client, string reason)
    {
        // The client may be back, and refused, before the end of its first connection is told.
        SocketEventKind[] kinds = [SocketEventKind.Disconnected, SocketEventKind.HandshakeFailed];
        SocketEvent[] both = [await server.NextAsync(kinds), await server.NextAsync(kinds)];
        var gone = Assert.Single(both, one => one.Kind == SocketEventKind.Disconnected);
        Assert.Contains(reason, Assert.IsType<ZmtpRevokedException>(gone.Error).Reason, StringComparison.Ordinal);
        var refused = Assert.Single(both, one => one.Kind == SocketEventKind.HandshakeFailed);
        Assert.Equal(AuthenticationStatus.Denied, Assert.IsType<ZmtpAuthenticationException>(refused.Error).Status);
        var stopped = await client.NextAsync(SocketEventKind.ConnectStopped);
        Assert.Equal(AuthenticationStatus.Denied, Assert.IsType<ZmtpAuthenticationException>(stopped.Error).Status);
    }
}
