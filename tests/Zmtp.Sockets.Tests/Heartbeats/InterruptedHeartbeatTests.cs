using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Heartbeats;

/// <summary>Who makes room for a reader sets the clock of its heartbeats, and may be interrupted.</summary>
public class InterruptedHeartbeatTests
{
    private const int Count = 5;

    [Fact]
    public async Task PULL_InterruptedWhereItSetsTheClock_ConnectionStaysAndNothingIsLost()
    {
        var time = new HeldTime();
        await using var sut = await Sut.BoundAsync(
            context => new PullSocket(context, Sut.Quick with { ReceiveHighWaterMark = 1, HeartbeatInterval = TestTimeout.Default }), time);
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(string.Concat(Enumerable.Repeat(Octets.Hello, Count)));
        var inbound = Assert.Single(Sources(sut.Socket.Receiver).Snapshot).Inbound;
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref IsReaderWaiting(inbound)), TestTimeout.Default), "It goes on reading.");
        var received = 0;

        await Interrupted.RunAsync(time.Hold, () =>
        {
            while (!time.HasInterrupted && sut.Socket.TryReceive(TestTimeout.Default, out var message))
            {
                message.Dispose();
                received++;
            }
        });

        Assert.True(time.HasInterrupted);
        for (; received < Count; received++) Assert.Equal("hello", await sut.Socket.NextAsync());
        Assert.Equal(1, sut.Socket.PeerCount);
        Assert.DoesNotContain(sut.Events.Rest(), static happened => happened.Kind == SocketEventKind.Disconnected);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isReaderWaiting")]
    private static extern ref bool IsReaderWaiting(InboundQueue queue);
}
