using System.Text;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Metadata;

/// <summary>Socket-Type: who may talk to whom, under every mechanism (RFC 23 and RFC 37, "Socket-Type").</summary>
public class SocketTypeTests
{
    /// <summary>ERROR and the beginning of its body; the reason is ours to choose.</summary>
    private const string ErrorName = "05 45 52 52 4F 52";

    /// <summary>Name length and name of the property.</summary>
    private const string SocketTypeName = "0B 53 6F 63 6B 65 74 2D 54 79 70 65";

    private const string SocketTypeRouter = SocketTypeName + " 00 00 00 06 52 4F 55 54 45 52";

    private static readonly string[] AllTokens =
    [
        "REQ", "REP", "DEALER", "ROUTER", "PUB", "XPUB", "SUB", "XSUB", "PUSH", "PULL", "PAIR",
        "CLIENT", "SERVER", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL",
        "dealer", "DEALER ", "FOO", "",
    ];

    public static TheoryData<SocketType, string, string[]> LegalPeers() => new()
    {
        { SocketType.Req, "REQ", ["REP", "ROUTER"] },
        { SocketType.Rep, "REP", ["REQ", "DEALER"] },
        { SocketType.Dealer, "DEALER", ["REP", "DEALER", "ROUTER"] },
        { SocketType.Router, "ROUTER", ["REQ", "DEALER", "ROUTER"] },
        { SocketType.Pub, "PUB", ["SUB", "XSUB"] },
        { SocketType.Sub, "SUB", ["PUB", "XPUB"] },
        { SocketType.XPub, "XPUB", ["SUB", "XSUB"] },
        { SocketType.XSub, "XSUB", ["PUB", "XPUB"] },
        { SocketType.Push, "PUSH", ["PULL"] },
        { SocketType.Pull, "PULL", ["PUSH"] },
        { SocketType.Pair, "PAIR", ["PAIR"] },
    };

    [Theory]
    [MemberData(nameof(LegalPeers))]
    [Spec("ZMTP30-64", "ZMTP30-66", "ZMTP30-67", "ZMTP30-68", "ZMTP31-17", "ZMTP31-18", "ZMTP31-19", "ZMTP31-10")]
    public async Task NULL_Bound_ServesLegalPeersAndAnswersOthersWithError(SocketType type, string token, string[] legal)
    {
        await using var sut = await Sut.BoundAsync(context => Sut.Socket(context, type));
        foreach (string peer in AllTokens)
        {
            await using var raw = await RawPeer.ConnectAsync(sut.Endpoint);
            await raw.ExchangeGreetingsAsync(Octets.Greeting31());
            await raw.SendAsync(Octets.Ready(peer));
            var answer = await raw.ReadFrameAsync();
            Assert.Equal(0x04, answer.Flags);
            if (legal.Contains(peer))
            {
                Assert.True(answer.CommandName == "READY", $"{token} and {peer}: {answer}");
                byte[] announced = Octets.Join(Octets.Hex(SocketTypeName), Octets.Hex("00 00 00"), [(byte)token.Length], Octets.Text(token));
                Assert.Equal(Octets.ToHex(announced), Octets.ToHex(answer.CommandData.AsSpan(0, announced.Length)));
                continue;
            }

            Assert.True(Octets.ToHex(answer.Body).StartsWith(ErrorName, StringComparison.Ordinal), $"{token} and {peer}: {answer}");
            Assert.Equal(answer.Body.Length - 7, answer.CommandData[0]);
            await raw.ExpectCloseAsync();
        }
    }

    [Theory]
    [MemberData(nameof(LegalPeers))]
    [Spec("ZMTP30-66", "ZMTP30-67", "ZMTP30-68", "ZMTP31-17", "ZMTP31-18", "ZMTP31-19")]
    public async Task NULL_Connecting_ClosesOnIllegalPeersAndStopsConnecting(SocketType type, string token, string[] legal)
    {
        await using var sut = Sut.Create(context => Sut.Socket(context, type));
        foreach (string peer in AllTokens.Except(legal).Append(legal[0]))
        {
            var raw = await sut.RawListensAsync();
            await raw.ExchangeGreetingsAsync(Octets.Greeting31());
            var ready = await raw.ReadCommandAsync("READY");
            Assert.Contains(token, Encoding.ASCII.GetString(ready.CommandData), StringComparison.Ordinal);
            await raw.SendAsync(Octets.Ready(peer));
            if (legal.Contains(peer))
            {
                await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
                continue;
            }

            await raw.ExpectCloseAsync();
            var stopped = await sut.Events.NextAsync(SocketEventKind.ConnectStopped);
            Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(stopped.Error).Error);
        }
    }

    [Fact]
    [Spec("ZMTP30-67")]
    public async Task NULL_ReadyWithoutSocketType_IsRefused()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Command("READY", Octets.Property("Identity", Octets.Text("ABC"))));
        await raw.ReadCommandAsync("ERROR");
        await raw.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("SOCKET-TYPE", "DEALER", "READY")]
    [InlineData("socket-type", "DEALER", "READY")]
    [InlineData("socket-type", "PUB", "ERROR")]
    [Spec("ZMTP30-55")]
    public async Task NULL_SocketTypeInOtherCase_CountsAllTheSame(string name, string value, string answer)
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Command("READY", Octets.Property(name, Octets.Text(value))));
        await raw.ReadCommandAsync(answer);
    }

    [Theory]
    [InlineData("SOCKET-TYPE", "DEALER", "READY")]
    [InlineData("socket-type", "PUB", "ERROR")]
    [Spec("ZMTP30-62", "ZMTP30-63")]
    public async Task PLAIN_SocketType_IsJudgedWhateverItsCase(string name, string value, string answer)
    {
        await using var sut = await Sut.BoundAsync(
            context => new RouterSocket(context, Sut.Quick with { Security = PlainSecurity.Server(), ZapDomain = "global" }));
        sut.Context.Use(new AdmitAll());
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31("PLAIN"));
        await raw.SendAsync(Octets.PlainHello);
        await raw.ExpectAsync(Octets.PlainWelcome);
        await raw.SendAsync(Octets.Command("INITIATE", Octets.Property(name, Octets.Text(value))));
        var last = await raw.ReadCommandAsync(answer);
        if (answer == "READY") Assert.StartsWith(SocketTypeRouter, Octets.ToHex(last.CommandData), StringComparison.Ordinal);
        else await raw.ExpectCloseAsync();
    }

    [Theory]
    [InlineData("SOCKET-TYPE", "DEALER", true)]
    [InlineData("socket-type", "PUB", false)]
    [Spec("ZMTP30-62", "ZMTP30-63")]
    public async Task CURVE_SocketType_IsJudgedWhateverItsCase(string name, string value, bool legal)
    {
        using var secret = new CurveSecretKey(CurveKeys.TestServer.Secret);
        using var keys = new CurveKeyPair(secret);
        await using var sut = await Sut.BoundAsync(
            context => new RouterSocket(context, Sut.Quick with { Security = CurveSecurity.Server(keys, CurveClients.AllowAny) }));
        var peer = await sut.RawConnectsAsync();
        var raw = RawCurvePeer.AsClient(peer, CurveKeys.Generate(), CurveKeys.TestServer.Public);
        await raw.SendGreetingAsync();
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Client.Hello()));
        raw.Client.OpenWelcome((await peer.ReadCommandAsync("WELCOME")).Body);
        await peer.SendAsync(Octets.WithHeader(0x04, raw.Client.Initiate(Octets.Property(name, Octets.Text(value)))));
        var last = await peer.ReadFrameAsync();
        if (legal)
        {
            Assert.Equal("READY", last.CommandName);
            Assert.StartsWith(SocketTypeRouter, Octets.ToHex(raw.Client.OpenReady(last.Body)), StringComparison.Ordinal);
            return;
        }

        Assert.Equal("ERROR", last.CommandName);
        await peer.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    private sealed class AdmitAll : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken) =>
            ValueTask.FromResult(AuthenticationResult.Success());
    }
}
