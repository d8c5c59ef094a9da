using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Curve;

/// <summary>The handshake of a CURVE server on real connections; every key is welcome.</summary>
public sealed class CurveServerTests
{
    [Fact]
    [Spec("CURVE-19", "CURVE-41", "CURVE-43", "CURVE-46", "CURVE-18")]
    public async Task CURVE_Handshake_AnswersHelloWithWelcomeAndInitiateWithReady()
    {
        await using var sut = await OpenAsync();
        var client = await GreetAsync(sut);

        await client.Peer.SendAsync(Frame(client.Client.Hello()));
        var welcome = await client.Peer.ReadAsync(170);
        Assert.Equal("04 A8 07 57 45 4C 43 4F 4D 45", Octets.ToHex(welcome.AsSpan(0, 10)));
        client.Client.OpenWelcome(welcome[2..]);
        await client.Peer.SendAsync(Frame(client.Client.Initiate(Octets.Metadata("PUSH"))));
        var ready = client.Client.OpenReady((await client.Peer.ReadCommandAsync("READY")).Body);

        Assert.Equal("0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C", Octets.ToHex(ready));
        await client.SendMessageAsync("hello");
        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("hello", message.AsString());
        Assert.Equal(Octets.ToHex(CurveKeys.TestClient.Public), Octets.ToHex(message.Peer!.PublicKey.Span));
    }

    [Fact]
    [Spec("CURVE-42", "CURVE-52")]
    public async Task CURVE_QueuedMessage_FollowsReadyWithTheNextNonce()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, TestServers.Asking("CURVE")));
        sut.Context.Use(FixedVerdict.Success);
        var sending = sut.Socket.SendAsync("hello").AsTask();

        var client = sut.Keep(await RawCurvePeer.HandshakeAsClientAsync(
            await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public, "PULL"));
        var readyNonce = client.Client.LastServerNonce;

        Assert.Equal("hello", Assert.Single((await client.ReceiveMessageAsync()).Select(System.Text.Encoding.ASCII.GetString)));
        Assert.Equal(readyNonce + 1, client.Client.LastServerNonce);
        await sending.WithinAsync();
    }

    [Theory]
    [InlineData("04 06 05 52 45 41 44 59")] // READY
    [InlineData("04 0A 05 45 52 52 4F 52 03 34 30 30")] // ERROR
    [InlineData("04 09 08 49 4E 49 54 49 41 54 45")] // INITIATE without anything
    [InlineData("04 08 07 4D 45 53 53 41 47 45")] // MESSAGE without anything
    [InlineData("04 07 04 50 49 4E 47 00 00")] // PING
    [InlineData("00 05 68 65 6C 6C 6F")] // a message
    [Spec("CURVE-02", "CURVE-06", "CURVE-16", "CURVE-58")]
    public async Task CURVE_AnythingButHelloFirst_IsClosedWithoutAFrame(string first)
    {
        await using var sut = await OpenAsync();
        var client = await GreetAsync(sut);

        await client.Peer.SendAsync(first);

        await client.Peer.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("name", ProtocolError.UnexpectedCommand)]
    [InlineData("length", ProtocolError.MalformedHello)]
    [InlineData("padding", ProtocolError.MalformedHello)]
    [InlineData("zero key", ProtocolError.MalformedHello)] // not that the box does not open, which whoever knows that key can make
    [InlineData("wrong server key", ProtocolError.Cryptographic)]
    [Spec("CURVE-09", "CURVE-11", "CURVE-15", "CURVE-16", "CURVE-17")]
    public async Task CURVE_HelloWithOneThingWrong_IsClosedWithoutAFrame(string wrong, ProtocolError error)
    {
        await using var sut = await OpenAsync();
        var client = await GreetAsync(sut);
        var hello = client.Client.Hello(one =>
        {
            if (wrong == "wrong server key") one.ServerKey = CurveKeys.TestClient.Public;
        });
        if (wrong == "name") hello[5] = (byte)'X';
        if (wrong == "padding") hello[40] = 1;
        if (wrong == "length") hello = [.. hello, 0];
        if (wrong == "zero key") hello.AsSpan(80, 32).Clear();

        await client.Peer.SendAsync(Frame(hello));

        await client.Peer.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    [Theory]
    [InlineData("cookie of another connection")]
    [InlineData("another connection's INITIATE")]
    [InlineData("cookie with a bit changed")]
    [InlineData("vouch for another transient key")]
    [InlineData("vouch for another server")]
    [InlineData("vouch by another key")]
    [InlineData("nonce of the HELLO")]
    [InlineData("metadata cut off")]
    [Spec("CURVE-28", "CURVE-33", "CURVE-37", "CURVE-39", "CURVE-51")]
    public async Task CURVE_InitiateWithOneThingWrong_IsClosedWithoutAFrameAndNobodyIsAsked(string wrong)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("CURVE")));
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(
            sut.Context, request => ScriptedZapHandler.Reply(request, "200")));
        var other = await WelcomeAsync(sut);
        var client = await WelcomeAsync(sut);

        var initiate = client.Client.Initiate(Octets.Metadata("PUSH"), one =>
        {
            if (wrong == "cookie of another connection") one.Cookie = other.Client.Cookie;
            if (wrong == "cookie with a bit changed") one.Cookie = [.. one.Cookie[..^1], (byte)(one.Cookie[^1] ^ 0x01)];
            if (wrong == "vouch for another transient key") one.VouchedTransientKey = other.Client.Transient.Public;
            if (wrong == "vouch for another server") one.VouchedServerKey = CurveKeys.TestClient.Public;
            if (wrong == "vouch by another key") one.ClientSecret = CurveKeys.TestServer.Secret;
            if (wrong == "nonce of the HELLO") one.Nonce = 1;
            if (wrong == "metadata cut off") one.Metadata = one.Metadata[..^1];
        });
        if (wrong == "another connection's INITIATE") initiate = other.Client.Initiate(Octets.Metadata("PUSH"));
        await client.Peer.SendAsync(Frame(initiate));

        await client.Peer.ExpectCloseAsync();
        Assert.Equal(0, handler.Count);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Fact]
    [Spec("CURVE-20", "CURVE-25", "CURVE-28")]
    public async Task CURVE_ManyWelcomes_ShareNoKeyNoCookieAndNoNonce()
    {
        const int Connections = 50;
        await using var sut = await OpenAsync();
        HashSet<string> keys = [], cookies = [], nonces = [];
        for (var i = 0; i < Connections; i++)
        {
            var client = await GreetAsync(sut);
            await client.Peer.SendAsync(Frame(client.Client.Hello()));
            var welcome = (await client.Peer.ReadCommandAsync("WELCOME")).Body;
            client.Client.OpenWelcome(welcome);
            Assert.True(nonces.Add(Octets.ToHex(welcome.AsSpan(8, 16))));
            Assert.True(keys.Add(Octets.ToHex(client.Client.ServerTransientKey)));
            Assert.True(cookies.Add(Octets.ToHex(client.Client.Cookie)));
        }
    }

    [Fact]
    [Spec("CURVE-27")]
    public async Task CURVE_InitiateAfterTheHandshakeTime_IsClosed()
    {
        var time = new FakeTimeProvider();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("CURVE")), time);
        var handler = sut.Keep(await ScriptedZapHandler.OnRepAsync(
            sut.Context, request => ScriptedZapHandler.Reply(request, "200")));
        var client = await WelcomeAsync(sut);

        // The handshake ends on the pool: what is sent before it has ended is still in time.
        time.Advance(Sut.Quick.HandshakeTimeout);
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await client.Peer.SendAsync(Frame(client.Client.Initiate(Octets.Metadata("PUSH"))));

        await client.Peer.ExpectCloseAsync();
        Assert.Equal(0, handler.Count);
    }

    private static byte[] Frame(byte[] body) => Octets.WithHeader(0x04, body);

    private static async Task<Sut<PullSocket>> OpenAsync()
    {
        var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("CURVE")));
        sut.Context.Use(FixedVerdict.Success);
        return sut;
    }

    private static async Task<RawCurvePeer> GreetAsync(Sut<PullSocket> sut)
    {
        var client = RawCurvePeer.AsClient(await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public);
        await client.SendGreetingAsync();
        return client;
    }

    private static async Task<RawCurvePeer> WelcomeAsync(Sut<PullSocket> sut)
    {
        var client = await GreetAsync(sut);
        await client.Peer.SendAsync(Frame(client.Client.Hello()));
        client.Client.OpenWelcome((await client.Peer.ReadCommandAsync("WELCOME")).Body);
        return client;
    }
}
