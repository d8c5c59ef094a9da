using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Greetings;

/// <summary>What a socket makes of greetings that are unusual and in order.</summary>
public sealed class GreetingReceivedTests
{
    public static TheoryData<string> Paddings => new("FF FF FF FF FF FF FF FF", "01 02 03 04 05 06 07 08", "9C 00 E1 7F FF 3A 00 52");

    [Theory]
    [MemberData(nameof(Paddings))]
    [Spec("ZMTP30-10")]
    public async Task GREETING_AnyPadding_HandshakeCompletes(string padding)
    {
        var greeting = Octets.Greeting31();
        Octets.Hex(padding).CopyTo(greeting, 1);

        await ExpectHandshakeAsync(greeting);
    }

    [Theory]
    [InlineData(0x03, 0x00)]
    [InlineData(0x03, 0x01)]
    [InlineData(0x03, 0x09)]
    [InlineData(0x04, 0x00)]
    [InlineData(0xFF, 0xFF)]
    [Spec("ZMTP30-11", "ZMTP30-12")]
    public async Task GREETING_VersionFrom30Up_IsAnsweredInOurOwnVersion(byte major, byte minor)
    {
        var greeting = Octets.Greeting31();
        greeting[10] = major;
        greeting[11] = minor;

        await ExpectHandshakeAsync(greeting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("ZMTP30-21", "ZMTP31-06")]
    public async Task GREETING_AsServerUnderNull_IsNotLookedAt(bool asServer) =>
        await ExpectHandshakeAsync(Octets.Greeting31(asServer: asServer));

    [Fact]
    [Spec("ZMTP30-15")]
    public async Task GREETING_OneOctetPer20Milliseconds_HandshakeCompletes()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();

        using (var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
        {
            foreach (var octet in Octets.Greeting31())
            {
                await raw.SendAsync([octet]);
                await beat.WaitForNextTickAsync();
            }
        }

        await raw.ReadAsync(64);
        await raw.SendOctetByOctetAsync(Octets.Ready("PUSH"), Octets.Hex(Octets.Hello));
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Spec("ZMTP30-16")]
    public async Task GREETING_WithReadyAndMessageInOneSegment_MessageIsDelivered(int minor)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();

        await raw.SendAsync(
            minor == 0 ? Octets.Greeting30() : Octets.Greeting31(), Octets.Ready("PUSH"), Octets.Hex(Octets.Hello));

        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-05", "ZMTP30-07")]
    public async Task GREETING_SentInTheStepsOfLibzmq_HandshakeCompletes()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        var greeting = Octets.Greeting31();

        await raw.ReadAsync(10);
        await raw.SendAsync(greeting[..10]);
        await raw.ReadAsync(1);
        await raw.SendAsync(greeting[10..11]);
        await raw.ReadAsync(53);
        await raw.SendAsync(greeting[11..], Octets.Ready("PUSH"));

        await raw.ReadCommandAsync("READY");
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP30-07", "ZMTP20-16")]
    public async Task GREETING_Of63Octets_GetsNoCommandAndIsClosedAtTheHandshakeTimer()
    {
        await using var sut = await Sut.BoundAsync(context =>
            new PullSocket(context, Sut.Quick with { HandshakeTimeout = TimeSpan.FromMilliseconds(400) }));
        var raw = await sut.RawConnectsAsync();

        await raw.ExchangeGreetingsAsync(Octets.Greeting31()[..63]);

        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.HandshakeTimeout, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    private static async Task ExpectHandshakeAsync(byte[] greeting)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();

        var ours = await raw.ExchangeGreetingsAsync(greeting);
        await raw.SendAsync(Octets.Ready("PUSH"));

        Assert.Equal(new byte[] { 0x03, 0x01 }, ours[10..12]);
        await raw.ExpectAsync("04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C");
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }
}
