using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Zap;

/// <summary>Replies of a foreign handler, right and wrong, and what becomes of the peer.</summary>
public sealed class ReplyFrameTests
{
    // X-Color = "red", and the same cut off in the middle of the value.
    private const string Color = "07 58 2D 43 6F 6C 6F 72 00 00 00 03 72 65 64";
    private const string CutColor = "07 58 2D 43 6F 6C 6F 72 00 00 00 03 72 65";

    public static TheoryData<string, string, ProtocolError> Malformed
    {
        get
        {
            var cases = new TheoryData<string, string, ProtocolError>();
            foreach (var mechanism in new[] { "NULL", "PLAIN", "CURVE" })
            {
                cases.Add(mechanism, "version", ProtocolError.ZapBadVersion);
                cases.Add(mechanism, "request id", ProtocolError.ZapBadRequestId);
                cases.Add(mechanism, "empty request id", ProtocolError.ZapBadRequestId);
                cases.Add(mechanism, "one frame less", ProtocolError.ZapMalformedReply);
                cases.Add(mechanism, "one frame more", ProtocolError.ZapMalformedReply);
                cases.Add(mechanism, "delimiter", ProtocolError.ZapMalformedReply);
                cases.Add(mechanism, "no delimiter", ProtocolError.ZapMalformedReply);
                cases.Add(mechanism, "metadata", ProtocolError.ZapInvalidMetadata);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    [Spec("ZAP-18", "ZAP-19", "ZAP-20", "ZAP-25", "ZAP-29")]
    public async Task ZAP_ReplyWithOneThingWrong_PeerIsClosedWithoutErrorThoughTheStatusIs200(
        string mechanism, string wrong, ProtocolError error)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, request => Spoil(request, wrong)));
        var raw = await sut.RawConnectsAsync();

        var client = await RawClient.PressAsync(raw, mechanism);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Fact]
    [Spec("ZAP-33")]
    public async Task ZAP_RouterHandlerThatForgetsTheRoutingId_ReplyNeverArrivesAndPeerIsClosedAtTheHandshakeTime()
    {
        // Less than a handler may take: that is not what ends it.
        var options = TestServers.Asking("PLAIN") with { HandshakeTimeout = TimeSpan.FromSeconds(1) };
        var time = new FakeTimeProvider();
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, options), time);
        var forgets = true;
        var handler = sut.Keep(await ScriptedZapHandler.OnRouterAsync(sut.Context, request =>
        {
            byte[][] head = forgets ? [[]] : [request[0], []];
            forgets = false;
            return [.. head, .. ScriptedZapHandler.Reply(request[2..], "200")];
        }));
        var raw = await sut.RawConnectsAsync();
        var client = await RawClient.KnockAsync(raw, "PLAIN");

        // The other question comes after this one, and so would its answer.
        await handler.NextAsync();
        await (await RawClient.KnockAsync(await sut.RawConnectsAsync(), "PLAIN")).ExpectLetInAsync();
        time.Advance(options.HandshakeTimeout);

        await client.ExpectShutOutAsync("");
        await raw.DisposeAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("PLAIN-19", "ZAP-22", "ZAP-23", "ZAP-24", "ZAP-28")]
    public async Task ZAP_UserIdAndMetadataWith200_AreOnEveryMessageOfThePeer(string mechanism)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, request =>
        {
            var reply = ScriptedZapHandler.Reply(request, "200", "joe", Octets.Hex(Color));
            reply[3] = [];
            return reply;
        }));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism);
        await client.ExpectLetInAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("hello");
            using var message = await sut.Socket.ReceiveAsync().WithinAsync();
            Assert.Equal("joe", message.UserId);
            Assert.Equal("red", message.Peer!.VerifiedMetadata.GetText("X-Color"));
            Assert.Null(message.Peer.Metadata.GetText("X-Color"));
            Assert.Equal(mechanism, message.Peer.Mechanism);
            Assert.Equal("127.0.0.1", message.Peer.Address);
        }
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("PLAIN")]
    [InlineData("CURVE")]
    [Spec("ZAP-24")]
    public async Task ZAP_MetadataThatPassForThePeersOwn_ChangeNeitherItsTypeNorItsIdentity(string mechanism)
    {
        var metadata = Octets.Join(Octets.Property("Socket-Type", "REP"u8.ToArray()), Octets.Property("Identity", "root"u8.ToArray()));
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, TestServers.Asking(mechanism)));
        sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, request => ScriptedZapHandler.Reply(request, "200", "joe", metadata)));

        var client = await RawClient.KnockAsync(await sut.RawConnectsAsync(), mechanism, "DEALER", "ABC");
        await client.ExpectLetInAsync();
        await client.SendAsync("hello");

        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("ABC", message.AsString());
        Assert.Equal(SocketType.Dealer, message.Peer!.SocketType);
        Assert.Equal("ABC", Encoding.ASCII.GetString(message.Peer.Identity.Span));
    }

    [Theory]
    [InlineData("300")]
    [InlineData("400")]
    [InlineData("500")]
    [Spec("ZAP-27")]
    public async Task ZAP_UserIdWithARefusal_IsNotExposed(string status)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, TestServers.Asking("PLAIN")));
        sut.Keep(await ScriptedZapHandler.OnRepAsync(sut.Context, request => ScriptedZapHandler.Reply(request, status, "joe")));
        var raw = await sut.RawConnectsAsync();

        await RawClient.KnockAsync(raw, "PLAIN");
        await raw.ReadToCloseAsync();
        await raw.DisposeAsync();

        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(status, $"{(int)Assert.IsType<ZmtpAuthenticationException>(failed.Error).Status}");
        Assert.DoesNotContain("joe", $"{failed} {failed.Error}", StringComparison.Ordinal);
    }

    private static byte[][] Spoil(byte[][] request, string wrong)
    {
        byte[][] head = [request[0], []];
        var reply = ScriptedZapHandler.Reply(request[2..], "200", "joe");
        switch (wrong)
        {
            case "version":
                reply[0] = "2.0"u8.ToArray();
                break;
            case "request id":
                reply[1] = [.. reply[1], 0];
                break;
            case "empty request id":
                reply[1] = [];
                break;
            case "one frame less":
                reply = reply[..5];
                break;
            case "one frame more":
                reply = [.. reply, []];
                break;
            case "delimiter":
                head[1] = "x"u8.ToArray();
                break;
            case "no delimiter":
                head = head[..1];
                break;
            case "metadata":
                reply[5] = Octets.Hex(CutColor);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(wrong));
        }

        return [.. head, .. reply];
    }
}
