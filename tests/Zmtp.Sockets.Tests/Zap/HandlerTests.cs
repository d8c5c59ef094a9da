using System.Collections.Concurrent;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Where a handler is, since when, how many there are, and what may stand between it and the server.</summary>
public sealed class HandlerTests
{
    [Fact]
    [Spec("ZAP-03")]
    public async Task ZAP_HandlerBoundElsewhere_IsNotAsked()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(
            sut.Context, request => ScriptedZapHandler.Reply(request, "200"), "inproc://zeromq.zap.02"));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN");

        await client.ExpectShutOutAsync("");
        Assert.Equal(0, handler.Count);
    }

    [Fact]
    [Spec("ZAP-05")]
    public async Task ZAP_SecondHandlerInOneContext_IsRefusedUntilTheFirstIsGone()
    {
        await using var context = Searched.NewContext();
        await using (await context.ServeZapAsync(FixedVerdict.Success))
        {
            await Assert.ThrowsAsync<ZmtpEndpointException>(async () => await context.ServeZapAsync(FixedVerdict.Success));
            await using var rep = new RepSocket(context, Sut.Quick);
            await Assert.ThrowsAsync<ZmtpEndpointException>(async () => await rep.BindAsync("inproc://zeromq.zap.01"));
        }

        await using var next = await context.ServeZapAsync(FixedVerdict.Success);
        await using var other = Searched.NewContext();
        await using var handlerOfAnotherContext = await other.ServeZapAsync(FixedVerdict.Success);
    }

    [Fact]
    public async Task ServeZapAsync_TokenCancelledAlready_IsNotServed()
    {
        await using var context = Searched.NewContext();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await context.ServeZapAsync(FixedVerdict.Success, new CancellationToken(true)));

        await using var served = await context.ServeZapAsync(FixedVerdict.Success, CancellationToken.None);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-07", "CURVE-07")]
    public async Task ZAP_HandlerStartedLate_EarlierPeersAreRefusedAndTheirNextAttemptSucceeds(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        await using var client = new PushSocket(sut.Context, Sut.Quick with { Security = TestSecurity.Client(mechanism) });
        client.Connect(sut.Endpoint);
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);

        sut.Keep(await sut.Context.ServeZapAsync(FixedVerdict.Success));

        await client.SendAsync("hello").WithinAsync();
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZAP-06", "ZAP-11")]
    public async Task ZAP_FiftyServersAtOnce_AllAskOneHandlerEachUnderAnIdOfItsOwn()
    {
        const int Servers = 50;
        await using var context = Searched.NewContext();
        var everybodyIsHere = new TaskCompletionSource();
        var ids = new ConcurrentDictionary<string, byte>();
        await using var handler = await ScriptedZapHandler.OnRouterAsync(context, async request =>
        {
            if (ids.TryAdd(Octets.ToHex(request[3]), 0) && ids.Count == Servers) everybodyIsHere.TrySetResult();
            await everybodyIsHere.Task;
            return ScriptedZapHandler.Wrapped(body => ScriptedZapHandler.Reply(body, "200", Octets.ToHex(body[1])))(request);
        });

        var users = await Task.WhenAll(Enumerable.Range(0, Servers).Select(async i =>
        {
            await using var server = new PullSocket(context, TestServers.Asking("PLAIN"));
            await using var client = new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client("PLAIN") });
            client.Connect(await server.BindAsync("tcp://127.0.0.1:*"));
            await client.SendAsync("hello");
            using var message = await server.ReceiveAsync().WithinAsync();
            return message.UserId;
        }));

        Assert.Equal(Servers, users.Distinct().Count());
        Assert.Equal(Servers, handler.Count);
    }

    [Fact]
    [Spec("ZAP-30", "ZAP-46")]
    public async Task ZAP_ServerOnAReq_NeitherSendsNorReceivesTheDelimiterAndTheWireIsTheSame()
    {
        await using var context = Searched.NewContext();
        await using var handler = await ScriptedZapHandler.OnRouterAsync(
            context, ScriptedZapHandler.Wrapped(request => ScriptedZapHandler.Reply(request, "200", "joe")));
        await using var req = new ReqSocket(context, Sut.Quick);
        req.Connect("inproc://zeromq.zap.01");

        await req.SendAsync(Message.Of("1.0", "7", "test", "127.0.0.1", "", "NULL"));

        var request = await handler.NextAsync().WithinAsync();
        Assert.Equal("|1.0|7|test|127.0.0.1||NULL", string.Join('|', request[1..].Select(System.Text.Encoding.ASCII.GetString)));
        Assert.Equal("1.0,7,200,because,joe,", await req.NextAsync());
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-34", "ZAP-36")]
    public async Task ZAP_ProxyToARemoteRep_Authenticates(string mechanism)
    {
        await using var remote = Searched.NewContext();
        await using var rep = new RepSocket(remote, Sut.Quick);
        var endpoint = await rep.BindAsync("tcp://127.0.0.1:*");
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await ZapProxy.StartAsync(sut.Context, "inproc://zeromq.zap.01", sut.Context, endpoint));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism);
        using (var request = await rep.ReceiveAsync().WithinAsync())
        {
            Assert.Equal("1.0", request.AsString());
            await rep.SendAsync(Message.Of("1.0"u8.ToArray(), request.ToArray(1), "200"u8.ToArray(), default, "joe"u8.ToArray(), default));
        }

        await client.ExpectLetInAsync();
        await client.SendAsync("hello");
        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("joe", message.UserId);
    }

    /// <summary>What goes in at the front is written here, and compared octet by octet with what comes out: binary, empty and long frames.</summary>
    [Fact]
    [Spec("ZAP-34", "ZAP-36")]
    public async Task ZAP_RequestAndReplyThroughAProxy_AreTheSameFramesAtBothEnds()
    {
        await using var remote = Searched.NewContext();
        await using var handler = new RouterSocket(remote, Sut.Quick);
        var endpoint = await handler.BindAsync("tcp://127.0.0.1:*");
        await using var local = Searched.NewContext();
        await using var proxy = await ZapProxy.StartAsync(local, "inproc://zeromq.zap.01", local, endpoint);
        await using var server = new DealerSocket(local, Sut.Quick with { RoutingId = "server"u8.ToArray() });
        server.Connect(proxy.Endpoint);
        byte[][] request =
        [
            [], "1.0"u8.ToArray(), [0x00, 0xFF, 0x01], "domain"u8.ToArray(), "10.0.0.1"u8.ToArray(), [], "CURVE"u8.ToArray(),
            [.. Enumerable.Range(0, 256).Select(static i => (byte)i)], [.. Enumerable.Repeat((byte)0x2A, 70_000)], [],
        ];
        byte[][] reply = [[], "1.0"u8.ToArray(), request[2], "200"u8.ToArray(), [], "joe"u8.ToArray(), [0x00, 0x80, 0xFF]];

        await server.SendAsync(ToMessage(request));

        var received = await handler.NextFramesAsync();
        Assert.Equal("server"u8.ToArray(), received[1]);
        Assert.Equal(request, received[2..]);
        await handler.SendAsync(ToMessage([.. received[..2], .. reply]));
        Assert.Equal(reply, await server.NextFramesAsync());

        static Message ToMessage(byte[][] frames) => Message.Of([.. frames.Select(static frame => (ReadOnlyMemory<byte>)frame)]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [Spec("ZAP-37", "ZAP-38", "ZAP-39", "ZAP-34", "ZAP-36")]
    public async Task ZAP_TwoProxiesToAServedAuthenticator_RoutingIdsComeBackAsTheyWent(int status)
    {
        await using var remote = Searched.NewContext();
        var verdict = status == 200 ? AuthenticationResult.Success("joe") : AuthenticationResult.Denied("no");
        await using var served = await remote.ServeZapAsync(new FixedVerdict(verdict));
        await using var far = await ZapProxy.StartAsync(remote, "tcp://127.0.0.1:*", remote, "inproc://zeromq.zap.01");
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        sut.Keep(await ZapProxy.StartAsync(sut.Context, "inproc://zeromq.zap.01", sut.Context, far.Endpoint));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN");

        if (status == 400)
        {
            await client.ExpectShutOutAsync(Octets.Error400);
            return;
        }

        await client.ExpectLetInAsync();
        await client.SendAsync("hello");
        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("joe", message.UserId);
    }
}
