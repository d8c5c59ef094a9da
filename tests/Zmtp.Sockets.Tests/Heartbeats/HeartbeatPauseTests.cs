using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Heartbeats;

/// <summary>While we do not read for want of room, the peer's silence is our own doing.</summary>
public class HeartbeatPauseTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly byte[] PingTtl1Second = Octets.Hex("04 50 49 4E 47 00 0A");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    [Spec("ZMTP31-52", "ZMTP31-50")]
    public async Task PULL_QueueFullForLong_PeerIsNotTakenForDead()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, Sut.Quick with
            {
                ReceiveHighWaterMark = 1,
                HeartbeatInterval = Second,
                HeartbeatTimeout = Second,
            }),
            _time);
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(Octets.Hello + Octets.Hello + Octets.Hello);
        var inbound = Assert.Single(Sources(sut.Socket.Receiver).Snapshot).Inbound;
        Assert.True(SpinWait.SpinUntil(() => IsReaderWaiting(inbound), TestTimeout.Default), "It goes on reading.");

        for (int i = 0; i < 10; i++) _time.Advance(Second);
        for (int i = 0; i < 3; i++) Assert.Equal("hello", await sut.Socket.NextAsync());

        // Behind the PINGs of that time.
        await raw.SendAsync(Octets.PingLol);
        while ((await raw.ReadFrameAsync()).CommandName != "PONG")
        {
        }

        Assert.Equal(1, sut.Socket.PeerCount);
        Assert.DoesNotContain(sut.Events.Rest(), happened => happened.Kind == SocketEventKind.Disconnected);
    }

    [Fact]
    [Spec("ZMTP31-53")]
    public void MONITOR_PausedBeyondTheTtl_WaitsWithoutTickingAndCountsFromTheEndOfThePause()
    {
        var monitor = new HeartbeatMonitor(HeartbeatOptions.Off, minorVersion: 1, _time);
        int rescheduled = 0;
        monitor.Reschedule = () => rescheduled++;
        monitor.OnPing(PingTtl1Second);
        monitor.IsPaused = true;
        _time.Advance(100 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Null(next);

        monitor.IsPaused = false;
        Assert.Equal(2, rescheduled);
        Assert.Null(monitor.Tick(out next));
        Assert.Equal(Second, next);
        _time.Advance(Second);
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)?.Error);
    }

    [Fact]
    [Spec("ZMTP31-52")]
    public void MONITOR_PausedBeyondTheTimeout_TicksAtTheIntervalOnly()
    {
        var monitor = new HeartbeatMonitor(new HeartbeatOptions(Second, Second, TimeSpan.Zero), minorVersion: 1, _time);
        _time.Advance(Second);
        Assert.Null(monitor.Tick(out _));
        monitor.IsPaused = true;
        _time.Advance(100 * Second);
        Assert.Null(monitor.Tick(out var next));
        Assert.Equal(Second, next);

        monitor.IsPaused = false;
        _time.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal(ProtocolError.HeartbeatTimeout, monitor.Tick(out _)?.Error);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isReaderWaiting")]
    private static extern ref bool ReaderWaiting(InboundQueue queue);

    private static bool IsReaderWaiting(InboundQueue queue) => Volatile.Read(ref ReaderWaiting(queue));
}
