using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class HeartbeatMonitorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _sent = [];

    [Fact]
    public void Off_DoesNothing()
    {
        var monitor = Create(HeartbeatOptions.Off);
        Assert.False(monitor.IsWatching);
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);
        Assert.Empty(_sent);
    }

    [Fact]
    public void InUse_WhereEitherEndAsks()
    {
        Assert.True(Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero)).IsInUse);
        var monitor = Create(HeartbeatOptions.Off);
        Assert.False(monitor.IsInUse);

        // PING, without a ttl: nothing of ours depends on it, but the peer waits for the answer.
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 00"));
        Assert.False(monitor.IsWatching);
        Assert.True(monitor.IsInUse);
    }

    [Fact]
    public void PeerOfMinorVersion0_GetsNoPing()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero), minorVersion: 0);
        _time.Advance(10 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);
        Assert.Empty(_sent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(655)]
    [InlineData(656)]
    [InlineData(6553)]
    [InlineData(65535)]
    [Lesson("T16")]
    public void Ttl_OfAnySize_IsSoManyTenthsOfASecond(int ttl)
    {
        var monitor = Create(HeartbeatOptions.Off);
        monitor.OnPing([4, .. "PING"u8, (byte)(ttl >> 8), (byte)(ttl & 0xFF)]);
        Assert.Equal(ttl > 0, monitor.IsWatching);
        if (ttl > 0) _time.Advance(TimeSpan.FromMilliseconds((100 * ttl) - 1));
        else _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(monitor.Tick(out _));
        if (ttl == 0) return;
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)!.Error);
    }

    [Fact]
    [Lesson("T17")]
    public void TransferOf60Seconds_WithHeartbeatsOf1Second_IsLife()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        for (var i = 0; i < 120; i++)
        {
            _time.Advance(0.5 * Second);
            monitor.OnReceived();
            Assert.Null(monitor.Tick(out _));
        }
    }

    [Fact]
    public void Interval_SendsPingWithTheTtl()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.FromSeconds(2.5)));
        Assert.Null(monitor.Tick(out var next));
        Assert.Equal(Second, next);
        Assert.Empty(_sent);
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        Assert.Equal(["0450494E470019"], _sent);
    }

    [Fact]
    public void SilenceAfterAPing_IsDeathAfterTheTimeout()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        _time.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.Null(monitor.Tick(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)!.Error);
    }

    [Fact]
    public void Death_IsTheNetworksFaultMayBeRetriedAndSaysWhatToCheck()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        _time.Advance(Second);
        var death = monitor.Tick(out _)!;
        Assert.Equal((FaultOrigin.Network, true), (death.Origin, death.MayRetry));
        Assert.Contains("network", death.Message, StringComparison.Ordinal);
        Assert.Contains("HeartbeatTimeout", death.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyOctet_IsLife()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out _));
            monitor.OnReceived();
        }

        Assert.Equal(20, _sent.Count);
    }

    [Fact]
    public void Ping_IsAnsweredWithItsContextAndItsTtlCounts()
    {
        var rescheduled = 0;
        var monitor = Create(HeartbeatOptions.Off);
        monitor.Reschedule = () => rescheduled++;
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 05 41 42"));
        Assert.Equal(["04504F4E474142"], _sent);
        Assert.Equal(1, rescheduled);
        Assert.Null(monitor.Tick(out var next));
        Assert.Equal(TimeSpan.FromMilliseconds(500), next);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)!.Error);
    }

    [Fact]
    public void Ping_TtlCountsBeforeTheAnswerLeaves()
    {
        var monitor = Create(HeartbeatOptions.Off);
        var isScheduled = false;
        monitor.Reschedule = () => isScheduled = true;
        monitor.Send = _ =>
        {
            Assert.True(isScheduled);
            _time.Advance(TimeSpan.FromMilliseconds(500));
        };
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 05"));
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)!.Error);
    }

    [Fact]
    public void Paused_SilenceProvesNothingAndNobodyTicksForIt()
    {
        var rescheduled = 0;
        var monitor = Create(HeartbeatOptions.Off);
        monitor.Reschedule = () => rescheduled++;
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 05"));
        monitor.IsPaused = true;
        _time.Advance(10 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);

        monitor.IsPaused = false;
        Assert.Equal(2, rescheduled);
        Assert.Null(monitor.Tick(out next));
        Assert.Equal(TimeSpan.FromMilliseconds(500), next);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.NotNull(monitor.Tick(out _));
    }

    [Fact]
    public void PausedWhileAPingIsUnanswered_NextTickIsThePingsNotTheDeaths()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        monitor.IsPaused = true;
        _time.Advance(5 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Equal(Second, next);
    }

    private HeartbeatMonitor Create(HeartbeatOptions options, int minorVersion = 1) =>
        new(options, minorVersion, _time) { Send = body => _sent.Add(Convert.ToHexString(body.Span)) };
}
