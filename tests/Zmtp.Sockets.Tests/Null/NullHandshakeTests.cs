using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Null;

/// <summary>NULL over tcp: who sends READY when, and what is refused before the handshake is over.</summary>
public class NullHandshakeTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <summary>READY of a DEALER without Identity: Socket-Type "DEALER", Identity "".</summary>
    private const string ReadyDealer =
        "04 29 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52 " +
        "08 49 64 65 6E 74 69 74 79 00 00 00 00";

    [Fact]
    [Spec("ZMTP30-48", "ZMTP30-49", "ZMTP30-58", "ZMTP30-25", "ZMTP31-09")]
    public async Task NULL_ConnectingAndRawSilentAfterGreeting_ReadyArrives()
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        foreach (byte[] greeting in new[] { Octets.Greeting30(), Octets.Greeting31() })
        {
            var raw = await sut.RawListensAsync();
            await raw.ExchangeGreetingsAsync(greeting);
            await raw.ExpectAsync(ReadyDealer);
            await raw.ExpectNothingAsync(Moment);
        }
    }

    [Fact]
    [Spec("ZMTP30-48", "ZMTP30-49", "ZMTP30-58", "ZMTP31-03")]
    public async Task NULL_BoundAndRawOfMinor0Silent_ReadyArrives()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting30());
        await raw.ExpectAsync(ReadyDealer);
        await raw.SendAsync(Octets.Ready("ROUTER"));
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-07", "ZMTP31-08", "ZMTP31-01")]
    public async Task NULL_BoundTowardsMinor1_WaitsForReadyAndSaysNoAsServer()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        byte[] greeting = await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        Assert.Equal(0x01, greeting[11]);
        Assert.Equal(0x00, greeting[32]);
        await raw.ExpectNothingAsync(Moment);
        await raw.SendAsync(Octets.Ready("ROUTER"));
        await raw.ExpectAsync(ReadyDealer);
    }

    [Fact]
    [Spec("ZMTP31-11", "ZMTP30-48")]
    public async Task NULL_BoundRouterGetsReadyOfDealer_AnswersReady()
    {
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Ready("DEALER"));
        await raw.ExpectAsync(
            "04 29 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 52 4F 55 54 45 52 " +
            "08 49 64 65 6E 74 69 74 79 00 00 00 00");
    }

    [Theory]
    [InlineData("03 01")]
    [InlineData("03 02")]
    [InlineData("04 00")]
    [InlineData("03 00")]
    [Spec("ZMTP31-02", "ZMTP31-03")]
    public async Task NULL_PeerOfVersion30OrHigher_IsServed(string version)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        byte[] greeting = Octets.Greeting31();
        Octets.Hex(version).CopyTo(greeting, 10);
        await raw.ExchangeGreetingsAsync(greeting);
        await raw.SendAsync(Octets.Ready("PUSH"));
        await raw.ReadCommandAsync("READY");
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Spec("ZMTP31-12", "ZMTP31-09")]
    public async Task NULL_ReadyWithheld_NoMessageBeforeIt(int minor)
    {
        await using var sut = Sut.Create(context => new DealerSocket(context, Sut.Quick));
        var listener = sut.Listens();
        await sut.Socket.SendAsync("hello");
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(minor == 0 ? Octets.Greeting30() : Octets.Greeting31());
        await raw.ReadCommandAsync("READY");
        await raw.ExpectNothingAsync(Moment);
        await raw.SendAsync(Octets.Ready("DEALER"));
        await raw.ExpectAsync(Octets.Hello);
    }

    /// <summary>A peer of 3.0 gets our READY before it sends its own, and nothing else by that.</summary>
    [Fact]
    [Spec("ZMTP31-12", "ZMTP31-09")]
    public async Task NULL_BoundAndReadyOfMinor0Withheld_NoMessageBeforeIt()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        var sending = sut.Socket.SendAsync("hello").AsTask();
        await raw.ExchangeGreetingsAsync(Octets.Greeting30());
        await raw.ReadCommandAsync("READY");
        await raw.ExpectNothingAsync(Moment);
        Assert.False(sut.Socket.TrySend("not yet"));
        Assert.False(sending.IsCompleted);

        await raw.SendAsync(Octets.Ready("PULL"));

        await raw.ExpectAsync(Octets.Hello);
        await sending.WithinAsync();
    }

    [Theory]
    [InlineData("00 01 41")]
    [InlineData("04 06 05 48 45 4C 4C 4F")]
    [InlineData(Octets.Ping)]
    [InlineData("04 04 03 46 4F 4F")]
    [Spec("ZMTP30-51", "ZMTP31-43")]
    public async Task NULL_FirstFrameIsNotReadyNorError_Closes(string frame)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var connecting = await sut.RawConnectsAsync();
        await connecting.ExchangeGreetingsAsync(Octets.Greeting31());
        await connecting.SendAsync(frame);
        await connecting.ExpectCloseAsync();

        var listening = await sut.RawListensAsync();
        await listening.ExchangeGreetingsAsync(Octets.Greeting31());
        await listening.ReadCommandAsync("READY");
        await listening.SendAsync(frame);
        await listening.ExpectCloseAsync();

        Assert.Equal(0, sut.Socket.PeerCount);
        await sut.Socket.ExpectNoMessageAsync();
    }

    [Theory]
    [InlineData("READY", true)]
    [InlineData("READY", false)]
    [InlineData("ERROR", true)]
    [InlineData("ERROR", false)]
    [Spec("ZMTP30-52")]
    public async Task NULL_HandshakeCommandAfterReady_ClosesAndSaysWhy(string command, bool rawConnects)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = rawConnects ? await sut.PeerConnectsAsync("PUSH") : await sut.PeerListensAsync("PUSH");

        await raw.SendAsync(command == "READY" ? Octets.Ready("PUSH") : Octets.Hex(Octets.Error400), Octets.Hex(Octets.Hello));

        await raw.ExpectCloseAsync();
        var ended = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.UnexpectedCommand, Assert.IsType<ZmtpProtocolException>(ended.Error).Error);
        await sut.Socket.ExpectNoMessageAsync(50);
    }

    [Fact]
    [Spec("ZMTP30-53", "ZMTP30-16")]
    public async Task NULL_MessageBehindReadyInOneWrite_IsDeliveredOnce()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Ready("PUSH"), Octets.Hex(Octets.Hello));
        await raw.ReadCommandAsync("READY");
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await raw.SendAsync(Octets.Frame("next"));
        Assert.Equal("next", await sut.Socket.NextAsync());
    }

    public static TheoryData<string, byte[]> MalformedReady()
    {
        byte[] good = Octets.Metadata("PUSH");
        return new()
        {
            { "cut off by one octet", good[..^1] },
            { "cut off in the name", good[..5] },
            { "one octet behind", Octets.Join(good, [1]) },
            { "two octets behind", Octets.Join(good, [1, 0x41]) },
            { "three octets behind", Octets.Join(good, [1, 0x41, 0]) },
            { "four octets behind", Octets.Join(good, [1, 0x41, 0, 0]) },
            { "empty name", Octets.Join(good, Octets.Hex("00 00 00 00 00")) },
            { "value of 2^31 octets", Octets.Join(good, Octets.Hex("01 41 80 00 00 00")) },
            { "value of 2^32-1 octets", Octets.Join(good, Octets.Hex("01 41 FF FF FF FF")) },
            { "value longer than what is there", Octets.Join(good, Octets.Hex("01 41 00 00 00 02 42")) },
            { "control character in a name", Octets.Join(good, Octets.Property("X-\u0001", [])) },
            { "Socket-Type twice", Octets.Join(good, good) },
        };
    }

    [Theory]
    [MemberData(nameof(MalformedReady))]
    [Spec("ZMTP30-31", "ZMTP30-50", "ZMTP30-54", "ZMTP30-56", "ZMTP30-57", "ZMTP30-60", "ZMTP31-10")]
    public async Task READY_MalformedProperties_ClosesWithoutError(string what, byte[] properties)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Command("READY", properties));
        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        var error = Assert.IsType<ZmtpProtocolException>(failed.Error);
        Assert.True(error.Error == ProtocolError.InvalidMetadata, $"{what}: {error.Error}");
    }

    [Fact]
    [Spec("ZMTP30-54", "ZMTP30-59")]
    public async Task READY_NameOf255OctetsAndEmptyIdentity_IsAccepted()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        string name = "X-" + new string('n', 253);
        await raw.SendAsync(Octets.Command("READY", Octets.Metadata("PUSH", ""), Octets.Property(name, Octets.Text("value"))));
        await raw.ReadCommandAsync("READY");
        var peer = await sut.Socket.WaitForPeerAsync(TestTimeout.Default);
        Assert.Equal("value", peer.Metadata.GetText(name));
        Assert.Equal(0, peer.Identity.Length);
    }

    [Theory]
    [InlineData("04 07 05 45 52 52 4F 52 00", null)]
    [InlineData("04 0A 05 45 52 52 4F 52 03 34 30 30", null)]
    [InlineData("04 09 05 45 52 52 4F 52 03 34 30", ProtocolError.MalformedError)]
    [InlineData("04 06 05 45 52 52 4F 52", ProtocolError.MalformedError)]
    [InlineData("04 08 05 45 52 52 4F 52 00 41", ProtocolError.MalformedError)]
    [Spec("ZMTP30-61", "ZMTP30-30")]
    public async Task ERROR_DuringTheHandshake_IsFatalUnlessMalformed(string frame, ProtocolError? malformed)
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick));
        var listener = sut.Listens();
        var raw = sut.Keep(await listener.AcceptAsync());
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.ReadCommandAsync("READY");
        await raw.SendAsync(frame);
        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        if (malformed is not null)
        {
            Assert.Equal(malformed, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
            return;
        }

        Assert.NotNull(failed.Error);
        Assert.False(failed.Error.MayRetry);
        await sut.Events.NextAsync(SocketEventKind.ConnectStopped);
        await listener.ExpectNoConnectionAsync(Moment);
    }
}
