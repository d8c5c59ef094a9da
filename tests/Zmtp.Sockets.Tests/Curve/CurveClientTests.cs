using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Curve;

/// <summary>The handshake of a CURVE client on real connections.</summary>
public sealed class CurveClientTests
{
    private static readonly TimeSpan ManyIntervals = TimeSpan.FromMilliseconds(300);

    [Fact]
    [Spec("CURVE-08", "CURVE-31", "CURVE-49", "CURVE-58")]
    public async Task CURVE_Handshake_StepsByOneAndNoMessageLeavesBeforeReady()
    {
        await using var sut = Create();
        var listener = sut.Listens();
        await sut.Socket.SendAsync("hello");
        var server = await GreetAsync(sut, listener);

        var hello = await server.Peer.ReadAsync(202);
        Assert.Equal("04 C8 05 48 45 4C 4C 4F 01 00", Octets.ToHex(hello.AsSpan(0, 10)));
        server.Server.OpenHello(hello[2..]);
        var first = server.Server.LastClientNonce;
        await server.Peer.SendAsync(Frame(server.Server.Welcome()));
        server.Server.OpenInitiate((await server.Peer.ReadCommandAsync("INITIATE")).Body);
        Assert.Equal(first + 1, server.Server.LastClientNonce);
        Assert.Equal(CurveKeys.TestClient.Public, server.Server.ClientKey);
        await server.Peer.ExpectNothingAsync(TimeSpan.FromMilliseconds(100));
        await server.Peer.SendAsync(Frame(server.Server.Ready(Octets.Metadata("PULL"))));

        await server.ReceiveMessageAsync();
        Assert.Equal(first + 2, server.Server.LastClientNonce);
    }

    [Fact]
    [Spec("CURVE-12", "CURVE-07", "CURVE-36")]
    public async Task CURVE_CloseWithoutAReason_IsTriedAgainWithAnotherTransientKey()
    {
        const int Attempts = 5;
        await using var sut = Create();
        var listener = sut.Listens();
        HashSet<string> transientKeys = [], vouchNonces = [];
        for (var i = 0; i < Attempts; i++)
        {
            var server = await GreetAsync(sut, listener);
            server.Server.OpenHello((await server.Peer.ReadCommandAsync("HELLO")).Body);
            await server.Peer.SendAsync(Frame(server.Server.Welcome()));
            server.Server.OpenInitiate((await server.Peer.ReadCommandAsync("INITIATE")).Body);
            Assert.True(transientKeys.Add(Octets.ToHex(server.Server.ClientTransientKey)));
            Assert.True(vouchNonces.Add(Octets.ToHex(server.Server.VouchNonce)));
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("400", false)]
    [InlineData("500", false)]
    [InlineData("400", true)]
    [InlineData("500", true)]
    [InlineData("No thanks", true)]
    [Spec("CURVE-05", "CURVE-06")]
    public async Task CURVE_ErrorFromTheServer_StopsTheClientForGoodAndSaysWhy(string reason, bool afterInitiate)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        var server = await GreetAsync(sut, listener);
        server.Server.OpenHello((await server.Peer.ReadCommandAsync("HELLO")).Body);
        if (afterInitiate)
        {
            await server.Peer.SendAsync(Frame(server.Server.Welcome()));
            await server.Peer.ReadCommandAsync("INITIATE");
        }

        await server.Peer.SendAsync(Octets.Error(reason));

        await server.Peer.ExpectCloseAsync();
        await server.DisposeAsync();
        var stopped = await sut.Events.NextAsync(SocketEventKind.ConnectStopped);
        Assert.Equal(reason, Assert.IsType<ZmtpAuthenticationException>(stopped.Error).Reason);
        await listener.ExpectNoConnectionAsync(ManyIntervals);
    }

    /// <summary>Whoever is between the two ends can have written it: a terminal must not obey it, nor a line of the log end by it.</summary>
    [Fact]
    [Spec("CURVE-74")]
    public async Task CURVE_ErrorWithTheLongestReasonAndControlCharacters_IsOneLineAndMadeSafe()
    {
        await using var client = new Side(SocketType.Push, Sut.Quick with { Security = TestSecurity.Client("CURVE") });
        await using var listener = RawListener.Open();
        client.Socket.Connect(listener.Endpoint);
        await using var server = RawCurvePeer.AsServer(await listener.AcceptAsync(), CurveKeys.TestServer);
        await server.SendGreetingAsync();
        await server.Peer.ReadCommandAsync("HELLO");

        await server.Peer.SendAsync(Octets.Command("ERROR", [255], Octets.Hex("61 0A 1B 62"), Octets.Text(new string('x', 251))));

        await server.Peer.ExpectCloseAsync();
        var failed = await client.FailsAsync(SocketEventKind.HandshakeFailed);
        var error = Assert.IsType<ZmtpAuthenticationException>(failed.Error);
        Assert.Equal("a??b" + new string('x', 251), error.Reason);
        Assert.Contains(error.Reason, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, error.Reason.Length, 2 * error.Reason.Length);
        await client.ExpectAloneAsync(failed);
        Assert.All(client.Log.All, static line => Assert.DoesNotContain(line.Text, char.IsControl));
    }

    [Theory]
    [InlineData("04 06 05 45 52 52 4F 52")] // without a length
    [InlineData("04 08 05 45 52 52 4F 52 05 34")] // reason cut off
    [InlineData("04 09 05 45 52 52 4F 52 01 34 34")] // one octet too many
    [Spec("CURVE-73", "CURVE-74")]
    public async Task CURVE_MalformedError_IsClosedAndStopsNobody(string error)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        var server = await GreetAsync(sut, listener);
        await server.Peer.ReadCommandAsync("HELLO");

        await server.Peer.SendAsync(error);

        await server.Peer.ExpectCloseAsync();
        await listener.AcceptAsync();
    }

    [Theory]
    [InlineData("box")]
    [InlineData("another server's key")]
    [InlineData("one octet less")]
    [InlineData("one octet more")]
    [InlineData("READY instead")]
    [InlineData("zero transient key")]
    [Spec("CURVE-02", "CURVE-06", "CURVE-23", "CURVE-29", "CURVE-47")]
    public async Task CURVE_WelcomeWithOneThingWrong_IsClosedWithoutAFrame(string wrong)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        var server = await GreetAsync(sut, listener);
        server.Server.OpenHello((await server.Peer.ReadCommandAsync("HELLO")).Body);

        var welcome = server.Server.Welcome(one =>
        {
            if (wrong == "another server's key") one.ServerSecret = CurveKeys.TestClient.Secret;
            if (wrong == "zero transient key") one.ServerTransientKey = new byte[32];
        });
        if (wrong == "box") welcome[^1] ^= 0x01;
        if (wrong == "one octet less") welcome = welcome[..^1];
        if (wrong == "one octet more") welcome = [.. welcome, 0];
        if (wrong == "READY instead") welcome = server.Server.Ready(Octets.Metadata("PULL"));
        await server.Peer.SendAsync(Frame(welcome));

        await server.Peer.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("box")]
    [InlineData("WELCOME again")]
    [InlineData("metadata cut off")]
    [InlineData("29 octets")]
    [InlineData("MESSAGE first")]
    [InlineData("READY in clear text")]
    [Spec("CURVE-02", "CURVE-06", "CURVE-30", "CURVE-44", "CURVE-47", "CURVE-58")]
    public async Task CURVE_ReadyWithOneThingWrong_IsClosedWithoutAFrame(string wrong)
    {
        await using var sut = Create();
        var listener = sut.Listens();
        await sut.Socket.SendAsync("hello");
        var server = await GreetAsync(sut, listener);
        server.Server.OpenHello((await server.Peer.ReadCommandAsync("HELLO")).Body);
        await server.Peer.SendAsync(Frame(server.Server.Welcome()));
        server.Server.OpenInitiate((await server.Peer.ReadCommandAsync("INITIATE")).Body);

        var ready = server.Server.Ready(Octets.Metadata("PULL"), one =>
        {
            if (wrong == "metadata cut off") one.Metadata = one.Metadata[..^1];
        });
        if (wrong == "box") ready[^1] ^= 0x01;
        if (wrong == "29 octets") ready = ready[..29];
        if (wrong == "WELCOME again") ready = server.Server.Welcome();
        if (wrong == "MESSAGE first") ready = server.Message(0x00, "hello"u8.ToArray());
        if (wrong == "READY in clear text") ready = Octets.CommandBody("READY", Octets.Metadata("PULL"));
        await server.Peer.SendAsync(Frame(ready));

        await server.Peer.ExpectCloseAsync();
    }

    [Fact]
    [Spec("CURVE-42")]
    public async Task CURVE_ReadyAndMessageInOneSegment_MessageIsDelivered()
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick with { Security = TestSecurity.Client("CURVE") }));
        var server = sut.Keep(RawCurvePeer.AsServer(await sut.RawListensAsync(), CurveKeys.TestServer));
        await server.SendGreetingAsync();
        server.Server.OpenHello((await server.Peer.ReadCommandAsync("HELLO")).Body);
        await server.Peer.SendAsync(Frame(server.Server.Welcome()));
        server.Server.OpenInitiate((await server.Peer.ReadCommandAsync("INITIATE")).Body);

        await server.Peer.SendAsync(
            Frame(server.Server.Ready(Octets.Metadata("PUSH"))), Octets.WithHeader(0x00, server.Message(0x00, "hello"u8.ToArray())));

        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    private static byte[] Frame(byte[] body) => Octets.WithHeader(0x04, body);

    private static Sut<PushSocket> Create() =>
        Sut.Create(context => new PushSocket(context, Sut.Quick with { Security = TestSecurity.Client("CURVE") }));

    private static async Task<RawCurvePeer> GreetAsync(Sut<PushSocket> sut, RawListener listener)
    {
        var server = sut.Keep(RawCurvePeer.AsServer(await listener.AcceptAsync(), CurveKeys.TestServer));
        await server.SendGreetingAsync();
        return server;
    }
}
