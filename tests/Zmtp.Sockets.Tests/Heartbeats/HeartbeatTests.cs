using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Heartbeats;

/// <summary>PING and PONG on a clock of our own (RFC 37, "Connection Heartbeating").</summary>
public class HeartbeatTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    [Spec("ZMTP31-42", "ZMTP31-46")]
    public async Task PING_IntervalSet_ComesAtThatPaceWithTheTtl()
    {
        await using var sut = await PullAsync(interval: 3, timeout: 100, ttl: 10);
        var raw = await sut.PeerConnectsAsync("PUSH");
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2.9));
            await raw.ExpectOpenAsync();
            _time.Advance(TimeSpan.FromSeconds(0.1));
            await raw.ExpectAsync("04 07 04 50 49 4E 47 00 64");
            await raw.SendAsync(Octets.Pong);
            await raw.ExpectOpenAsync();
        }
    }

    [Theory]
    [InlineData(99, "00 00")]
    [InlineData(100, "00 01")]
    [InlineData(199, "00 01")]
    [InlineData(65_500, "02 8F")]
    [InlineData(65_599, "02 8F")]
    [Spec("ZMTP31-46")]
    public async Task PING_TtlOfSoManyMilliseconds_IsTheTenthsOfASecondThatAreFull(int milliseconds, string ttl)
    {
        await using var sut = await PullAsync(interval: 1, timeout: 100, ttl: milliseconds / 1000.0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        _time.Advance(Second);
        await raw.ExpectAsync("04 07 04 50 49 4E 47 " + ttl);
    }

    [Fact]
    [Spec("ZMTP31-42", "ZMTP31-45")]
    public async Task PING_NoTtl_SaysZeroAndCarriesNoContext()
    {
        await using var sut = await PullAsync(interval: 1, timeout: 100, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        _time.Advance(Second);
        await raw.ExpectAsync(Octets.Ping);
    }

    [Fact]
    [Spec("ZMTP31-04")]
    public async Task PING_TowardsPeerOfMinor0_IsNotSent()
    {
        await using var sut = await PullAsync(interval: 1, timeout: 1, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH", minor: 0);
        for (int i = 0; i < 5; i++) _time.Advance(Second);
        await raw.ExpectNothingAsync(Moment);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-43")]
    public async Task PING_BeforeTheHandshakeIsComplete_IsNotSent()
    {
        await using var sut = await PullAsync(interval: 1, timeout: 1, ttl: 0);
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        for (int i = 0; i < 5; i++) _time.Advance(Second);
        await raw.ExpectNothingAsync(Moment);
    }

    [Fact]
    [Spec("ZMTP31-48", "ZMTP31-49", "ZMTP31-52")]
    public async Task PING_NotAnswered_ClosesAfterTheTimeout()
    {
        await using var sut = await PullAsync(interval: 2, timeout: 5, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        _time.Advance(2 * Second);
        await raw.ExpectAsync(Octets.Ping);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        await raw.ExpectAsync(Octets.Ping);
        Assert.Equal(1, sut.Socket.PeerCount);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await raw.ReadToCloseAsync();
        var gone = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(gone.Error).Error);
    }

    [Fact]
    [Spec("ZMTP31-50")]
    public async Task PING_PeerSendsMessagesInsteadOfPong_StaysOpen()
    {
        await using var sut = await PullAsync(interval: 1, timeout: 1, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(Second);
            await raw.ExpectAsync(Octets.Ping);
            await raw.SendAsync(Octets.Hello);
            Assert.Equal("hello", await sut.Socket.NextAsync());
        }

        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-50")]
    [Lesson("T17")]
    public async Task PING_PeerDripsALargeFrame_StaysOpen()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, Sut.Quick with { HeartbeatInterval = Second, HeartbeatTimeout = 4 * Second }));
        var raw = await sut.PeerConnectsAsync("PUSH");
        byte[] body = new byte[100_000];
        byte[] frame = Octets.Frame(body);
        await raw.SendAsync(frame[..50_000]);

        // Real time, as nobody tells when an octet of a frame has been read: twelve spans of 0.5 s, more than interval and timeout together.
        for (int i = 0; i < 12; i++)
        {
            await sut.Socket.ExpectNoMessageAsync(500);
            await raw.SendAsync(frame[(50_000 + i)..(50_001 + i)]);
        }

        Assert.Equal(1, sut.Socket.PeerCount);
    }

    [Fact]
    [Spec("ZMTP31-51")]
    public async Task PING_NeverAnsweredAndTimeoutFarAway_AFewAreSent()
    {
        await using var sut = await PullAsync(interval: 1, timeout: 1_000_000, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        for (int i = 0; i < 50; i++) _time.Advance(Second);
        await raw.SendAsync(Octets.PingLol);
        int pings = 0;
        while (true)
        {
            var frame = await raw.ReadFrameAsync();
            if (frame.CommandName == "PONG") break;
            Assert.Equal("PING", frame.CommandName);
            pings++;
        }

        Assert.InRange(pings, 1, 5);
    }

    [Fact]
    [Spec("ZMTP31-46", "ZMTP31-53")]
    public async Task PING_WithTtlThenSilence_ClosesWhenTheTtlIsOver()
    {
        await using var sut = await PullAsync(interval: 0, timeout: null, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync("04 07 04 50 49 4E 47 00 0A");
        await raw.ExpectAsync(Octets.Pong);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        await raw.ExpectNothingAsync(Moment);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await raw.ExpectCloseAsync();
        var gone = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(gone.Error).Error);
    }

    [Fact]
    [Spec("ZMTP31-53")]
    public async Task PING_WithTtlRepeated_EachSetsTheTtlAnew()
    {
        await using var sut = await PullAsync(interval: 0, timeout: null, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        for (int i = 0; i < 5; i++)
        {
            await raw.SendAsync("04 07 04 50 49 4E 47 00 0A");
            await raw.ExpectAsync(Octets.Pong);
            _time.Advance(TimeSpan.FromSeconds(0.8));
        }

        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        for (int i = 0; i < 5; i++) _time.Advance(Second);
        await raw.ExpectNothingAsync(Moment);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-53", "ZMTP31-50")]
    public async Task PING_WithTtlAndMessageBehindItInOneWrite_SetsNoDeadline()
    {
        await using var sut = await PullAsync(interval: 0, timeout: null, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync("04 07 04 50 49 4E 47 00 0A" + Octets.Hello);
        await raw.ExpectAsync(Octets.Pong);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        _time.Advance(5 * Second);
        await raw.ExpectNothingAsync(Moment);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-47")]
    public async Task PING_WithTtlZero_SetsNoDeadline()
    {
        await using var sut = await PullAsync(interval: 0, timeout: null, ttl: 0);
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(Octets.Ping);
        await raw.ExpectAsync(Octets.Pong);
        for (int i = 0; i < 100; i++) _time.Advance(Second);
        await raw.ExpectNothingAsync(Moment);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("ZMTP31-54")]
    public async Task PING_NotAnsweredByListeningPeer_ConnectsAnew()
    {
        var minute = 60 * Second;
        await using var sut = Sut.Create(
            context => new PullSocket(context, Sut.Quick with { HeartbeatInterval = minute, HeartbeatTimeout = minute }), _time);
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "PUSH");
        _time.Advance(minute);
        await raw.ExpectAsync(Octets.Ping);
        _time.Advance(minute);
        await raw.ReadToCloseAsync();

        raw = sut.Keep(await _time.PassUntilAsync(listener.AcceptAsync(), Sut.Quick.ReconnectInterval));

        await raw.Handshake31Async("PUSH");
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP31-58")]
    public async Task PING_BetweenRequestAndReply_DoesNotDisturbThem()
    {
        await using var rep = await Sut.BoundAsync(context => new RepSocket(context, Sut.Quick));
        var asker = await rep.PeerConnectsAsync("REQ");
        await using var req = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var answerer = await req.PeerConnectsAsync("REP");
        for (int i = 0; i < 3; i++)
        {
            await asker.SendAsync(Octets.PingLol + "01 00" + Octets.PingLol + Octets.Hello + Octets.PingLol);
            await asker.ExpectAsync(Octets.PongLol + Octets.PongLol + Octets.PongLol);
            Assert.Equal("hello", await rep.Socket.NextAsync());
            await asker.ExpectOpenAsync();
            await rep.Socket.SendAsync("hello");
            await asker.ExpectAsync(Octets.RequestHello);

            await req.Socket.SendAsync("hello");
            await answerer.ExpectAsync(Octets.RequestHello);
            await answerer.SendAsync("01 00" + Octets.PingLol + Octets.Hello + Octets.PingLol);
            await answerer.ExpectAsync(Octets.PongLol + Octets.PongLol);
            Assert.Equal("hello", await req.Socket.NextAsync());
        }
    }

    [Fact]
    public async Task PING_NotAnsweredWithinASecondByListeningPeer_IsToldAsSilence()
    {
        await using var sut = Sut.Create(
            context => new PullSocket(context, Sut.Quick with { HeartbeatInterval = Second / 5, HeartbeatTimeout = Second / 5 }), _time);
        var raw = await sut.PeerListensAsync("PUSH");
        _time.Advance(Second / 5);
        await raw.ExpectAsync(Octets.Ping);
        _time.Advance(Second / 5);
        await raw.ReadToCloseAsync();
        var gone = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(gone.Error).Error);
        Assert.Equal(FaultOrigin.Network, gone.Error!.Origin);
    }

    private Task<Sut<PullSocket>> PullAsync(double interval, double? timeout, double ttl) => Sut.BoundAsync(
        context => new PullSocket(context, Sut.Quick with
        {
            HeartbeatInterval = TimeSpan.FromSeconds(interval),
            HeartbeatTimeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            HeartbeatTtl = TimeSpan.FromSeconds(ttl),
        }),
        _time);
}
