using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>
/// What peers have sent to a socket that is closed, and nobody has received, while they have yet to hang up: nobody can receive it any more. The clock
/// stands still, so their connections stay.
/// </summary>
public class UnreceivedTests
{
    private static readonly SocketOptions Lingering = new() { Linger = Timeout.InfiniteTimeSpan };

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_PeerDoesNotHangUp_WhatItHasSentIsGivenBack(bool isUnbound)
    {
        await using var sut = await Sut.BoundAsync(static context => new DealerSocket(context, Lingering), _time);
        var raw = await sut.PeerConnectsAsync("DEALER");
        var small = Enumerable.Repeat((byte)'A', 10_000).ToArray();
        await raw.SendAsync(Octets.Join(Octets.LongFrame(0x02, small), Octets.LongFrame(0x02, small), Octets.LongFrame(0x02, new byte[1024 * 1024])));
        using var received = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        var inbound = QueueOf(received).Inbound;
        Assert.True(SpinWait.SpinUntil(() => inbound.Count == 2, TestTimeout.Default), "Not all has come.");
        if (isUnbound) await _time.PassUntilAsync(sut.Socket.UnbindAsync(sut.Endpoint).AsTask(), TimeSpan.FromMilliseconds(50));
        Assert.Equal(2, inbound.Count);

        await sut.Socket.DisposeAsync().WithinAsync();

        Assert.Equal((0, 0), (inbound.Count, inbound.Octets));
        Assert.False(sut.Context.DisposeAsync().AsTask().IsCompleted, "The peer's connection is not there any more.");

        // The application's, and it lay beside what was given back.
        Assert.Equal(small, received.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_SubscriberDoesNotHangUp_WhatItHasSubscribedToIsGivenBack(bool isReceived)
    {
        const int Many = 1000;
        await using var sut = await Sut.BoundAsync(
            static context => new XPubSocket(context, Lingering with { ReceiveHighWaterMark = 0 }), _time);
        var raw = await sut.PeerConnectsAsync("SUB");
        await raw.SendAsync(Octets.Join([.. Enumerable.Range(0, Many).Select(
            static i => Octets.Subscribe(i.ToString(CultureInfo.InvariantCulture)))]));
        using var first = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        var pipe = QueueOf(first);
        Assert.True(SpinWait.SpinUntil(() => pipe.Inbound.Count == Many - 1, TestTimeout.Default), "Not all has come.");
        for (var i = 1; isReceived && i < Many; i++) await sut.Socket.NextFramesAsync();

        await sut.Socket.DisposeAsync().WithinAsync();

        Assert.Equal(0, pipe.Inbound.Count);
        Assert.InRange(pipe.Subscriber!.Topics.Capacity, 0, Many / 10);
        Assert.InRange(sut.Socket.Notices.Room, 0, Many / 10);
        Assert.False(sut.Context.DisposeAsync().AsTask().IsCompleted, "The peer's connection is not there any more.");
    }

    private static Pipe QueueOf(Message message) => (Pipe)message.Buffer.Source!.Origin;
}
