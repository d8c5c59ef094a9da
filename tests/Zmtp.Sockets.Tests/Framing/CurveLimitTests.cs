using System.Text;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Curve;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Framing;

/// <summary>Under CURVE the limit counts what the application gets, not what sealing adds.</summary>
public sealed class CurveLimitTests
{
    private const int Limit = 1000;

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task MESSAGE_AtTheLimit_IsDeliveredInOneSegmentAndInMany()
    {
        await using var sut = await BoundAsync();
        await using var raw = await ClientAsync(sut);

        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x00, Octets.Text(new string('x', Limit)))));
        await raw.Peer.SendOctetByOctetAsync(Octets.WithHeader(0x00, raw.Message(0x00, Octets.Text(new string('y', Limit)))));

        Assert.Equal(new string('x', Limit), await sut.Socket.NextAsync());
        Assert.Equal(new string('y', Limit), await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task MESSAGE_OneOctetAboveTheLimit_IsRefused()
    {
        await using var sut = await BoundAsync();
        await using var raw = await ClientAsync(sut);

        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x00, Octets.Text(new string('x', Limit + 1)))));

        await raw.Peer.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.FrameTooLarge, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
        Assert.False(sut.Socket.TryReceive(out _));
    }

    [Fact]
    [Spec("ZMTP30-43", "ZMTP30-46")]
    public async Task MESSAGE_WithSealedPingBetweenItsFrames_IsAnsweredAndDeliveredWhole()
    {
        await using var sut = await BoundAsync();
        await using var raw = await ClientAsync(sut);

        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x01, Octets.Text("A"))));
        await raw.ExpectOpenAsync();
        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x00, Octets.Text("B"))));

        Assert.Equal("A,B", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-42")]
    public async Task MESSAGE_OfTwoFramesAtTheLimit_IsDelivered()
    {
        await using var sut = await BoundAsync();
        await using var raw = await ClientAsync(sut);
        var first = new string('x', Limit - 32);

        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x01, Octets.Text(first))));
        await raw.ExpectOpenAsync();
        await raw.Peer.SendAsync(Octets.WithHeader(0x00, raw.Message(0x00, [])));

        Assert.Equal(first + ",", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task SUBSCRIBE_LongerThanAMessageMayBe_IsObeyed()
    {
        await using var sut = await Sut.BoundAsync(context =>
            new PubSocket(context, Sut.Quick with { Security = TestSecurity.Server("CURVE"), MaxMessageSize = 1 }));
        await using var raw = await RawCurvePeer.HandshakeAsClientAsync(
            await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public, "SUB");

        await raw.SendCommandAsync(Octets.CommandBody("SUBSCRIBE", Octets.Text("weather")));
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync("weather");

        Assert.Equal("weather", Encoding.ASCII.GetString((await raw.ReceiveAsync()).Payload));
    }

    private static Task<Sut<PullSocket>> BoundAsync() => Sut.BoundAsync(context =>
        new PullSocket(context, Sut.Quick with { Security = TestSecurity.Server("CURVE"), MaxMessageSize = Limit }));

    private static async Task<RawCurvePeer> ClientAsync(Sut<PullSocket> sut) => await RawCurvePeer.HandshakeAsClientAsync(
        await sut.RawConnectsAsync(), CurveKeys.TestClient, CurveKeys.TestServer.Public, "PUSH");
}
