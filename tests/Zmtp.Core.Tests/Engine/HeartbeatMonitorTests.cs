using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class HeartbeatMonitorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _time = new();
    private readonly FakeHeartbeatOutput _output = new();

    [Fact]
    public void Off_DoesNothing()
    {
        var monitor = Create(HeartbeatOptions.Off);
        Assert.False(monitor.IsWatching);
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);
        Assert.Empty(_output.Sent);
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
        Assert.Empty(_output.Sent);
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

    /// <summary>The ttl of a PING is for the silence behind it. Whoever says something and nothing more has not promised another PING.</summary>
    [Fact]
    public void Ttl_SomethingCame_IsOver()
    {
        var monitor = Create(HeartbeatOptions.Off);
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 05"));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        monitor.OnReceived();
        Assert.False(monitor.IsWatching);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);
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
        Assert.Empty(_output.Sent);
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        Assert.Equal(["0450494E470019"], _output.Sent);
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

    /// <summary>The process stood still, or the pool had no thread for the clock: the peer was asked for nothing meanwhile.</summary>
    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_SentLate_HasTheWholeTimeoutFromThenOn()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _time.Advance(10 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Single(_output.Sent);
        Assert.Equal(Second, next);
        _time.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.Null(monitor.Tick(out next));
        Assert.Equal(TimeSpan.FromMilliseconds(1), next);
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

        Assert.Equal(20, _output.Sent.Count);
    }

    [Fact]
    public void Ping_IsAnsweredWithItsContextAndItsTtlCounts()
    {
        var rescheduled = 0;
        var monitor = Create(HeartbeatOptions.Off);
        monitor.Reschedule = () => rescheduled++;
        monitor.OnPing(Hex.Octets("04 50 49 4E 47 00 05 41 42"));
        Assert.Equal(["04504F4E474142"], _output.Sent);
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
        _output.OnSend = () =>
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

    /// <summary>What the peer has answered meanwhile lies there unread: it has the time of an answer from the moment on when it is read again.</summary>
    [Fact]
    public void PausedWhileAPingIsUnanswered_TheTimeBeginsAnewWhenItIsOver()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        monitor.IsPaused = true;
        _time.Advance(10 * Second);
        monitor.IsPaused = false;
        Assert.False(monitor.IsOverdue);
        Assert.Null(monitor.Tick(out _));
        _time.Advance(2 * Second);
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

    /// <summary>What the peer answers stays unread, but it has no other sign of us while what it sends itself cannot leave.</summary>
    [Fact]
    [Spec("ZMTP31-51")]
    public void PING_WhilePaused_GoesOn()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        monitor.IsPaused = true;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out _));
        }

        Assert.Equal(10, _output.Sent.Count);
    }

    /// <summary>The peer reads as little as we do.</summary>
    [Fact]
    [Spec("ZMTP31-51")]
    public void PING_HeldBackWhilePaused_OnlyAFewAreSent()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        monitor.IsPaused = true;
        _output.HoldsBack = true;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out _));
        }

        Assert.Equal(3, _output.Sent.Count);
    }

    [Fact]
    [Spec("ZMTP31-51", "ZMTP31-52")]
    public void PING_HeldBackWhileThePeerTakesSomething_IsNotDeathAndOnlyAFewAreSent()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _output.HoldsBack = true;
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(0.9 * Second);
            _output.Progress++;
            Assert.Null(monitor.Tick(out var next));
            Assert.InRange(next!.Value, TimeSpan.Zero, Second);
        }

        Assert.InRange(_output.Sent.Count, 1, 3);
    }

    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_HeldBackByAPeerThatTakesNothing_IsDeathAfterTheTimeout()
    {
        var monitor = Create(new HeartbeatOptions(Second, 3 * Second, TimeSpan.Zero));
        _output.HoldsBack = true;
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out var next));
            Assert.Equal(Second, next);
        }

        _time.Advance(Second);
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)!.Error);
    }

    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_HandedOverLate_TimeoutCountsFromThenOn()
    {
        var monitor = Create(new HeartbeatOptions(Second, 3 * Second, TimeSpan.Zero));
        _output.HoldsBack = true;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Second);
            _output.Progress++;
            Assert.Null(monitor.Tick(out _));
        }

        _output.HandOver();
        _output.HoldsBack = false;
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out _));
        }

        _time.Advance(Second);
        Assert.NotNull(monitor.Tick(out _));
        Assert.InRange(_output.Sent.Count, 1, 3);
    }

    /// <summary>A peer nearby, and a thread that lost its core on the way back from the write.</summary>
    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_AnsweredBeforeItsSenderIsBack_IsNotAnUnansweredOne()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _output.OnSent = monitor.OnReceived;
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        _output.OnSent = null;

        // A tick that comes late finds nothing that the peer owes.
        _time.Advance(60 * Second);
        Assert.Null(monitor.Tick(out _));
        Assert.Equal(2, _output.Sent.Count);
        _time.Advance(Second);
        Assert.NotNull(monitor.Tick(out _));
    }

    /// <summary>What comes while a PING is sent that the transport does not take yet is no answer to it.</summary>
    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_HeldBackWhileSomethingComes_IsUnansweredOnceItIsHandedOver()
    {
        var monitor = Create(new HeartbeatOptions(Second, Second, TimeSpan.Zero));
        _output.HoldsBack = true;
        _output.OnSent = monitor.OnReceived;
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        _output.OnSent = null;
        _output.HandOver();

        _time.Advance(2 * Second);
        Assert.NotNull(monitor.Tick(out _));
    }

    [Fact]
    [Spec("ZMTP31-52")]
    public void PING_Dropped_IsSentAgainAndAPeerThatTakesNothingIsDead()
    {
        var monitor = Create(new HeartbeatOptions(Second, 3 * Second, TimeSpan.Zero));
        _output.Drops = true;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Second);
            _output.Progress++;
            Assert.Null(monitor.Tick(out _));
        }

        _output.Drops = false;
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        Assert.Single(_output.Sent);
        monitor.OnReceived();
        _output.Drops = true;
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Second);
            Assert.Null(monitor.Tick(out _));
        }

        _time.Advance(Second);
        Assert.NotNull(monitor.Tick(out _));
    }

    private HeartbeatMonitor Create(HeartbeatOptions options, int minorVersion = 1) =>
        new(options, minorVersion, _time) { Output = _output };
}
