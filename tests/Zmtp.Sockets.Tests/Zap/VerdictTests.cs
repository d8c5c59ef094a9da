using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Under every mechanism nothing but an exact 200 lets a peer in, and each other outcome shows on the wire as it should.</summary>
public sealed class VerdictTests
{
    /// <summary>Long enough for a slow machine to come to the question that is not answered in it.</summary>
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(2);

    public static TheoryData<string, string> Statuses
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var mechanism in new[] { "NULL", "PLAIN", "CURVE" })
            {
                foreach (var status in new[] { "200", "300", "400", "500", "201", "600", "2000", "20", "200 ", "OK", "" })
                {
                    cases.Add(mechanism, status);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    [Spec("ZAP-21", "ZAP-26", "PLAIN-08", "PLAIN-09", "CURVE-04", "CURVE-40", "CURVE-41", "CURVE-71", "CURVE-72")]
    [Lesson("T13")]
    public async Task ZAP_Status_OnlyAnExact200LetsThePeerIn(string mechanism, string status)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, request => ScriptedZapHandler.Reply(request, status)));
        var raw = await sut.RawConnectsAsync();

        if (status == "200")
        {
            var client = await RawClient.KnockAsync(raw, mechanism);
            await client.ExpectLetInAsync();
            await client.SendAsync("hello");
            Assert.Equal("hello", await sut.Socket.NextAsync());
            return;
        }

        var outsider = await RawClient.PressAsync(raw, mechanism);
        await outsider.ExpectShutOutAsync(status switch { "400" => Octets.Error400, "500" => Octets.Error500, _ => "" });
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        if (status is "300" or "400" or "500")
        {
            Assert.Equal(status, $"{(int)Assert.IsType<ZmtpAuthenticationException>(failed.Error).Status}");
        }
        else
        {
            Assert.Equal(ProtocolError.ZapInvalidStatus, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        }

        Assert.Equal(0, sut.Socket.PeerCount);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData("NULL", "300")]
    [InlineData("NULL", "400")]
    [InlineData("NULL", "500")]
    [InlineData("PLAIN", "300")]
    [InlineData("PLAIN", "400")]
    [InlineData("PLAIN", "500")]
    [InlineData("CURVE", "300")]
    [InlineData("CURVE", "400")]
    [InlineData("CURVE", "500")]
    [Spec("ZAP-26", "CURVE-05", "CURVE-07")]
    public async Task ZAP_RefusedOnce_OurClientTriesAgainAfter300Only(string mechanism, string status)
    {
        var verdicts = new Queue<string>([status, "200"]);
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(
            sut.Context, request => ScriptedZapHandler.Reply(request, verdicts.Dequeue())));
        await using var client = new PushSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client(mechanism) });

        client.Connect(sut.Endpoint);

        if (status == "300")
        {
            await client.SendAsync("hello").WithinAsync();
            Assert.Equal("hello", await sut.Socket.NextAsync());
            return;
        }

        var refusal = await Assert.ThrowsAsync<ZmtpAuthenticationException>(() => client.WaitForPeerAsync(TestTimeout.Default));
        Assert.Equal(status, $"{(int)refusal.Status}");
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        await sut.Socket.ExpectNoMessageAsync(200);
        Assert.Equal(1, handler.Count);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-48")]
    [Lesson("T13")]
    public async Task ZAP_HandlerThatNeverReplies_PeerIsClosedAtTheHandshakeTime(string mechanism)
    {
        var options = TestServers.Asking(mechanism) with { HandshakeTimeout = Patient };
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options));
        var handler = sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, _ => (byte[][]?)null));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        Assert.Equal(1, handler.Count);
        await ExpectProtocolErrorAsync(sut, ProtocolError.HandshakeTimeout);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-49")]
    public async Task ZAP_HandlerThatVanishesMidRequest_PeerIsClosedAtOnce(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var handler = await ScriptedZapHandler.OnRouterAsync(sut.Context, _ => (byte[][]?)null);
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);
        await handler.NextAsync();
        await handler.DisposeAsync();

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.Contains("closed before it replied", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal(0, sut.Socket.PeerCount);
    }

    [Fact]
    public async Task ZAP_HandlerThatRepliesAndClosesAtOnce_ItsReplyCounts()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        for (var i = 0; i < 20; i++)
        {
            var rep = new RepSocket(sut.Context);
            await rep.BindAsync(ZapHandler.Endpoint);
            var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN");
            using (var request = await rep.ReceiveAsync().WithinAsync())
            {
                rep.Send(Message.Of("1.0"u8.ToArray(), request.ToArray(1), "200"u8.ToArray(), default, "joe"u8.ToArray(), default));
            }

            await rep.DisposeAsync().WithinAsync();

            await client.ExpectLetInAsync();
        }
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("PLAIN-16", "ZAP-07")]
    public async Task ZAP_NoHandlerAndNoAuthenticator_PeerIsClosedAndToldNothing(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Contains("No authenticator is running", failed.Error!.Message, StringComparison.Ordinal);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Lesson("T13")]
    public async Task ZAP_AuthenticatorThatThrows_PeerIsClosedAndToldNothing(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Context.Use(new Throwing());
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(FaultOrigin.Local, failed.Error!.Origin);
        Assert.IsType<InvalidOperationException>(failed.Error.InnerException);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    public async Task ZAP_ServedAuthenticatorThatThrows_PeerGets500(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await sut.Context.ServeZapAsync(new Throwing()));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync(Octets.Error500);
    }

    [Fact]
    public async Task ZAP_ServedAuthenticatorThatBlocks_HoldsUpNobodyElse()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("NULL")));
        using var both = new CountdownEvent(2);
        sut.Keep(await sut.Context.ServeZapAsync(new WaitsForAnother(both)));
        var clients = new[] { await sut.RawConnectsAsync(), await sut.RawConnectsAsync() }
            .Select(static raw => RawClient.PressAsync(raw, "NULL"));

        await Task.WhenAll(clients).WithinAsync();
        await Task.Run(() => Assert.True(both.Wait(TestTimeout.Default))).WithinAsync();
        Assert.Equal(0, both.CurrentCount);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-48")]
    public async Task ZAP_AuthenticatorThatHeedsNoToken_PeerIsClosedAtTheHandshakeTime(string mechanism)
    {
        var options = TestServers.Asking(mechanism) with { HandshakeTimeout = Patient };
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options));
        sut.Context.Use(new Deaf());
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.KnockAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var error = await ExpectProtocolErrorAsync(sut, ProtocolError.HandshakeTimeout);
        Assert.Equal((FaultOrigin.Local, true), (error.Origin, error.MayRetry));
        Assert.Contains("HandshakeTimeout", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An HTTP client that is late throws so, though nobody has cancelled anything.</summary>
    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    public async Task ZAP_AuthenticatorThatCancelsByItself_IsToldAsAFailure(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Context.Use(new FunctionAuthenticator(static _ => throw new TaskCanceledException("The directory service was late.")));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(FaultOrigin.Local, failed.Error!.Origin);
        Assert.Contains("The directory service was late.", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal(0, sut.Socket.PeerCount);
    }

    [Fact]
    public async Task ZAP_AuthenticatorThatCancelsByItself_AServerThatConnectsTriesAgain()
    {
        await using var client = Searched.NewContext();
        await using var bound = new PushSocket(client, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
        var endpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        await using var sut = Sut.Create(static context => new PullSocket(context, TestServers.Asking("PLAIN")));
        var asked = 0;
        sut.Context.Use(new FunctionAuthenticator(_ => Interlocked.Increment(ref asked) == 1
            ? throw new TaskCanceledException("The directory service was late.")
            : Task.FromResult(AuthenticationResult.Success())));

        sut.Socket.Connect(endpoint);

        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    public async Task ZAP_ClientThatIsRefusedAndLetInLater_AServerThatConnectsTriesAgain(string mechanism)
    {
        await using var client = Searched.NewContext();
        await using var bound = new PushSocket(client, Sut.Quick with { Security = TestSecurity.Client(mechanism) });
        var endpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        await using var sut = Sut.Create(context => new PullSocket(context, TestServers.Asking(mechanism)));
        var asked = 0;
        sut.Context.Use(new FunctionAuthenticator(_ => Task.FromResult(
            Interlocked.Increment(ref asked) == 1 ? AuthenticationResult.Denied("Not yet.") : AuthenticationResult.Success())));

        sut.Socket.Connect(endpoint);

        var refused = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.True(Assert.IsType<ZmtpAuthenticationException>(refused.Error).IsOwnVerdict);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
    }

    [Theory]
    [InlineData(AuthenticationStatus.TemporaryError, FaultOrigin.Local)]
    [InlineData(AuthenticationStatus.Denied, FaultOrigin.Peer)]
    [InlineData(AuthenticationStatus.InternalError, FaultOrigin.Local)]
    public async Task ZAP_PeerIsRefused_OnlyADeniedOneIsAtFault(AuthenticationStatus status, FaultOrigin origin)
    {
        await using var sut = await Sut.BoundAsync(static context => new PullSocket(context, TestServers.Asking("PLAIN")));
        sut.Context.Use(new FixedVerdict(status switch
        {
            AuthenticationStatus.TemporaryError => AuthenticationResult.TemporaryError("Not now."),
            AuthenticationStatus.Denied => AuthenticationResult.Denied("No."),
            _ => AuthenticationResult.InternalError("The store is gone."),
        }));
        await using var client = Searched.NewContext();
        await using var push = new PushSocket(client, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
        var told = new EventLog(push);

        push.Connect(sut.Endpoint);

        Assert.Equal(origin, (await sut.Events.NextAsync(SocketEventKind.HandshakeFailed)).Error!.Origin);
        Assert.Equal(FaultOrigin.Peer, (await told.NextAsync(SocketEventKind.HandshakeFailed)).Error!.Origin);
    }

    private static async Task<ZmtpProtocolException> ExpectProtocolErrorAsync(Sut<PullSocket> sut, ProtocolError error)
    {
        var failed = Assert.IsType<ZmtpProtocolException>((await sut.Events.NextAsync(SocketEventKind.HandshakeFailed)).Error);
        Assert.Equal(error, failed.Error);
        Assert.Equal(0, sut.Socket.PeerCount);
        return failed;
    }

    private sealed class Throwing : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The store is gone.");
    }

    private sealed class WaitsForAnother(CountdownEvent both) : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            both.Signal();
            both.Wait(TestTimeout.Default, CancellationToken.None);
            return ValueTask.FromResult(AuthenticationResult.Success(""));
        }
    }

    private sealed class Deaf : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            new(new TaskCompletionSource<AuthenticationResult>().Task);
    }
}
