using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>PAIR towards scripted peers (RFC 31).</summary>
public class PairTests
{
    [Fact]
    [Spec("PAIR-01", "PAIR-11", "PAIR-12")]
    public async Task PAIR_SecondPeer_IsTurnedAwayAndTheFirstUnharmed()
    {
        await using var sut = await Sut.BoundAsync(context => new PairSocket(context, Sut.Quick));
        var first = await sut.PeerConnectsAsync("PAIR");
        var second = await sut.PeerConnectsAsync("PAIR", settle: false);
        await second.ExpectCloseAsync();
        await first.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await first.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("PAIR-02")]
    public async Task PAIR_Messages_AreNotChanged()
    {
        await using var sending = await Sut.BoundAsync(context => new PairSocket(context, Sut.Quick));
        await Unchanged.ExpectSentAsync(sending, "PAIR");
        await using var receiving = await Sut.BoundAsync(context => new PairSocket(context, Sut.Quick));
        await Unchanged.ExpectReceivedAsync(receiving, "PAIR");
    }

    [Fact]
    [Spec("PAIR-03", "PAIR-06", "PAIR-07", "PAIR-09")]
    public async Task PAIR_PeerStopsReading_SaysSoAndStillReceives()
    {
        await using var sut = await Sut.BoundAsync(context => new PairSocket(context, Stalling.Options));
        var raw = await Stalling.PeerAsync(sut, "PAIR");
        int taken = await Stalling.FillAsync(frame => sut.Socket.TrySend(frame));
        Assert.False(sut.Socket.TrySend("one too many"));
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        for (int i = 0; i < taken; i++) Assert.Equal(0x02, (await raw.ReadFrameAsync()).Flags);
        await sut.Socket.SendAsync("hello").WithinAsync();
        await raw.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("PAIR-04", "PAIR-06", "PAIR-08", "PAIR-09", "PAIR-10")]
    public async Task PAIR_ConnectedToNobodyYet_QueuesUpToTheMarkAndSendsThem()
    {
        await using var sut = Sut.Create(context => new PairSocket(context, Sut.Quick with { SendHighWaterMark = 10 }));
        await Waiting.ExpectQueuedAsync(sut, "PAIR");
    }

    [Fact]
    [Spec("PAIR-05")]
    public async Task PAIR_BoundAndPeerLeaves_ItsMessagesGoWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new PairSocket(context, Stalling.Options));
        var stalled = await Stalling.PeerAsync(sut, "PAIR");
        await Stalling.FillAsync(frame => sut.Socket.TrySend(frame));
        stalled.Reset();
        var next = await NextPeerAsync(sut);
        await sut.Socket.SendAsync("hello").WithinAsync();
        await next.ExpectAsync(Octets.Hello);
        await next.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PAIR-08", "PAIR-09", "PAIR-10")]
    public async Task PAIR_NoPeer_BlocksAndSendsOnceOneIsThere()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PairSocket(context, Sut.Quick with { SendTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.False(sut.Socket.TrySend("hello"));
        Assert.Throws<TimeoutException>(() => sut.Socket.Send("hello"));
        var sending = sut.Socket.SendAsync("hello").AsTask();
        Assert.False(sending.IsCompleted);
        var raw = await sut.PeerConnectsAsync("PAIR", settle: false);
        await raw.ExpectAsync(Octets.Hello);
        await sending.WithinAsync();
    }

    [Fact]
    [Spec("PAIR-13")]
    public async Task PAIR_FirstPeerLeaves_AnotherTakesItsPlace()
    {
        await using var sut = await Sut.BoundAsync(context => new PairSocket(context, Sut.Quick));
        var first = await sut.PeerConnectsAsync("PAIR");
        await first.DisposeAsync();
        var second = await NextPeerAsync(sut);
        await second.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("hello");
        await second.ExpectAsync(Octets.Hello);
    }

    [Fact]
    [Spec("PAIR-04", "PAIR-10")]
    public async Task PAIR_EndpointIsGivenUpBeforeThePeerComes_WhatIsQueuedLeavesWithinTheLinger()
    {
        await using var sut = Sut.Create(context => new PairSocket(context, Sut.Quick with { Linger = TestTimeout.Default }));
        var listener = sut.Keep(RawListener.Reserve());
        sut.Socket.Connect(listener.Endpoint);
        await sut.Socket.SendAsync("hello");
        var leaving = sut.Socket.DisconnectAsync(listener.Endpoint).AsTask();
        listener.Listen();
        var raw = await sut.AcceptAsync(listener, "PAIR", settle: false);
        await raw.ExpectAsync(Octets.Hello);
        await raw.DisposeAsync();
        await leaving.WithinAsync();
    }

    /// <summary>A peer that arrives once the one before it is known to be gone.</summary>
    private static async Task<RawPeer> NextPeerAsync(Sut<PairSocket> sut)
    {
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        return await sut.PeerConnectsAsync("PAIR");
    }
}
