using System.Text;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Commands;

/// <summary>Handshake commands as frames: their form when sent, the forms understood, the forms refused.</summary>
public sealed class HandshakeCommandTests
{
    private const string ReadyPull = "04 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C";

    // READY (1 + 5), Socket-Type = PUSH (1 + 11 + 4 + 4), X-A (1 + 3 + 4): what remains of 255 octets is the value.
    private const int ValueFor255 = 255 - 6 - 20 - 8;

    [Fact]
    [Spec("ZMTP30-25")]
    public async Task READY_OfDealer_HasTheShortForm()
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        var raw = await sut.RawListensAsync();

        await raw.ExchangeGreetingsAsync(Octets.Greeting31());

        await raw.ExpectAsync(
            "04 29 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06" +
            "44 45 41 4C 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00");
    }

    [Theory]
    [InlineData(ValueFor255, "04 FF")]
    [InlineData(ValueFor255 + 1, "06 00 00 00 00 00 00 01 00")]
    [Spec("ZMTP30-25", "ZMTP30-26")]
    public async Task READY_Of255And256Octets_HasTheShortAndTheLongForm(int value, string header)
    {
        var metadata = new ZmtpMetadata([new("X-A", Encoding.ASCII.GetBytes(new string('v', value)))]);
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with { Metadata = metadata }));
        var raw = await sut.RawListensAsync();

        await raw.ExchangeGreetingsAsync(Octets.Greeting31());

        await raw.ExpectAsync(header);
        await raw.ExpectAsync("05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48 03 58 2D 41");
        await raw.ExpectAsync([0, 0, 0, (byte)value], Octets.Text(new string('v', value)));
        await raw.SendAsync(Octets.Ready("PULL"));
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP30-27")]
    public async Task READY_InTheLongFormThoughSmall_IsUnderstood()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());

        await raw.SendAsync(
            "06 00 00 00 00 00 00 00 1A 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53 48");

        await raw.ExpectAsync(ReadyPull);
        await raw.ExpectOpenAsync();
    }

    [Theory]
    [InlineData("04 01 00")]
    [InlineData("04 00")]
    [InlineData("04 02 05 52")]
    [InlineData("04 01 FF")]
    [InlineData("06 00 00 00 00 00 00 00 00")]
    [Spec("ZMTP30-28", "ZMTP30-31")]
    public async Task COMMAND_WithoutAWholeName_IsClosedInSilence(string octets) =>
        await ExpectSilentCloseAsync(octets, ProtocolError.MalformedCommand);

    [Theory]
    [InlineData("04 08 05 52 45 41 44 59 0B 53", ProtocolError.InvalidMetadata)] // The name of the property is cut off.
    [InlineData("04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 53", ProtocolError.InvalidMetadata)]
    [InlineData("04 06 05 72 65 61 64 79", ProtocolError.UnexpectedCommand)] // ready
    [InlineData("04 06 05 48 45 4C 4C 4F", ProtocolError.UnexpectedCommand)] // HELLO
    [InlineData("00 05 68 65 6C 6C 6F", ProtocolError.UnexpectedCommand)] // A message.
    [InlineData("05 06 05 52 45 41 44 59", ProtocolError.MalformedFrame)] // READY with MORE.
    [InlineData("0C 06 05 52 45 41 44 59", ProtocolError.MalformedFrame)] // READY with a reserved flag.
    [Spec("ZMTP30-31", "ZMTP30-36", "ZMTP30-37", "ZMTP30-102")]
    public async Task COMMAND_ThatBreaksARuleOfTheHandshake_IsClosedInSilence(string octets, ProtocolError error) =>
        await ExpectSilentCloseAsync(octets, error);

    [Fact]
    [Spec("ZMTP30-31")]
    public async Task READY_MalformedFromTheListener_IsClosedInSilenceAndTriedAgain()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.ReadCommandAsync("READY");

        await raw.SendAsync("04 08 05 52 45 41 44 59 0B 53");

        await raw.ExpectCloseAsync();
        sut.Keep(await listener.AcceptAsync());
    }

    private static async Task ExpectSilentCloseAsync(string octets, ProtocolError error)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());

        await raw.SendAsync(octets);

        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(error, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
        Assert.Equal(0, sut.Socket.PeerCount);
        Assert.False(sut.Socket.TryReceive(out _));
    }
}
