using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A peer that has left while some of what it sent lies unread here: what goes to it fails, and what came from it is received.</summary>
public class LostOutputTests
{
    private const int Count = 100;

    // More of them than are encoded ahead of the network: the last ones wait as messages.
    private const int Waiting = 10;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly SocketOptions OneAtATime = Sut.Quick with { ReceiveHighWaterMark = 1 };
    private static readonly byte[] Large = new byte[70_000];

    [Fact]
    public async Task DEALER_PeerHasSentAndLeftAndASendFails_WhatItSentIsReceived()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context, OneAtATime));
        await SendAndLeaveAsync(await sut.PeerListensAsync("ROUTER"));

        // The first one is answered by a reset, the next one fails.
        for (var i = 0; i < Waiting; i++) Assert.True(sut.Socket.TrySend(Large));

        for (var i = 0; i < Count; i++) Assert.Equal("x", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public async Task DEALER_BoundAndPeerHasSentAndLeftAndASendFails_WhatItSentIsReceivedAndNoMoreGoesThere(string transport)
    {
        await using var context = Searched.NewContext();
        await using var dealer = new DealerSocket(context, OneAtATime);
        var events = new EventLog(dealer);
        var raw = await RawPeer.ConnectAsync(await dealer.BindAsync(Join.Fresh(transport)));
        await raw.Handshake31Async("DEALER");
        await raw.ExpectOpenAsync();
        await SendAndLeaveAsync(raw);

        var until = TestTimeout.Token;
        while (dealer.TrySend(Large)) until.ThrowIfCancellationRequested();

        for (var i = 0; i < Count; i++) Assert.Equal("x", await dealer.NextAsync());
        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.False(dealer.TrySend("nobody"));
    }

    [Fact]
    public async Task DEALER_ASendHasFailed_WhatIsSentThenWaitsForTheNextPeer()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context, OneAtATime));
        var listener = sut.Listens();
        await SendAndLeaveAsync(await sut.AcceptAsync(listener, "ROUTER"));
        for (var i = 0; i < Waiting; i++) Assert.True(sut.Socket.TrySend(Large));
        Assert.True(sut.Socket.TrySend("last"));
        for (var i = 0; i < Count; i++) Assert.Equal("x", await sut.Socket.NextAsync());

        var next = await sut.AcceptAsync(listener, "ROUTER", settle: false);

        await ReadToLastAsync(next);
    }

    [Fact]
    public async Task DEALER_ASendHasFailedAndNobodyReceives_WhatIsSentGoesToTheNextPeerAllTheSame()
    {
        var time = new FakeTimeProvider();
        await using var sut = Sut.Create(static context => new DealerSocket(context, OneAtATime), time);
        var listener = sut.Listens();
        await SendAndLeaveAsync(await sut.AcceptAsync(listener, "ROUTER"));
        for (var i = 0; i < Waiting; i++) Assert.True(sut.Socket.TrySend(Large));
        Assert.True(sut.Socket.TrySend("last"));

        var next = sut.Keep(await time.PassUntilAsync(listener.AcceptAsync(), Second / 10));
        await next.Handshake31Async("ROUTER");

        await ReadToLastAsync(next);
        var lost = await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(FaultOrigin.Network, lost.Error!.Origin);
        Assert.Equal("x", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task DEALER_APingHasFailedAndNobodyReceivesNorSends_WhatThePeerSentIsKept()
    {
        var time = new FakeTimeProvider();
        await using var sut = Sut.Create(
            static context => new DealerSocket(context, OneAtATime with { HeartbeatInterval = Second, HeartbeatTimeout = 100 * Second }), time);
        await SendAndLeaveAsync(await sut.PeerListensAsync("ROUTER"));

        // The first one is answered by a reset, the next one fails.
        for (var i = 0; i < 10; i++) time.Advance(Second);

        for (var i = 0; i < Count; i++) Assert.Equal("x", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public async Task PAIR_BoundAndASendHasFailedAndNobodyReceives_AnotherPeerMayComeAndWhatTheFirstSentIsReceived(string transport)
    {
        await using var context = Searched.NewContext();
        await using var pair = new PairSocket(context, OneAtATime);
        var endpoint = await pair.BindAsync(Join.Fresh(transport));
        var first = await RawPeer.ConnectAsync(endpoint);
        await first.Handshake31Async("PAIR");
        await first.ExpectOpenAsync();
        await SendAndLeaveAsync(first);
        var until = TestTimeout.Token;
        while (pair.TrySend(Large)) until.ThrowIfCancellationRequested();

        await using var second = await RawPeer.ConnectAsync(endpoint);
        await second.Handshake31Async("PAIR");
        await second.ExpectOpenAsync();
        await pair.SendAsync("welcome", until);

        await second.ExpectAsync(Octets.Frame("welcome"));
        for (var i = 0; i < Count; i++) Assert.Equal("x", await pair.NextAsync());
    }

    [Fact]
    public async Task DEALER_ASendHasFailedAndTheSocketCloses_WhatWaitsGoesToTheNextPeer()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context, OneAtATime with { Linger = TestTimeout.Default }));
        var listener = sut.Listens();
        await SendAndLeaveAsync(await sut.AcceptAsync(listener, "ROUTER"));
        for (var i = 0; i < Waiting; i++) Assert.True(sut.Socket.TrySend(Large));
        Assert.True(sut.Socket.TrySend("last"));

        var closing = sut.Socket.DisposeAsync();
        var next = await sut.AcceptAsync(listener, "ROUTER", settle: false);

        await ReadToLastAsync(next);
        await closing.WithinAsync();
    }

    [Fact]
    public async Task ROUTER_MandatoryAndPeerHasSentAndLeft_PeerIsUnreachableUntilItComesBackAndWhatItSentIsReceived()
    {
        await using var sut = await Sut.BoundAsync(static context => new RouterSocket(context, OneAtATime with { RouterMandatory = true }));
        await SendAndLeaveAsync(await sut.PeerConnectsAsync("DEALER", identity: "A"));

        var until = TestTimeout.Token;
        await Assert.ThrowsAsync<HostUnreachableException>(async () =>
        {
            while (true) await sut.Socket.SendAsync(Message.Create().Append("A").Append(Large), until);
        });

        var back = await sut.PeerConnectsAsync("DEALER", identity: "A");
        await sut.Socket.SendAsync(Message.Of("A", "welcome"), until);
        await back.ExpectAsync(Octets.Frame("welcome"));
        for (var i = 0; i < Count; i++) Assert.Equal("A,x", await sut.Socket.NextAsync());
    }

    [Fact]
    public async Task REP_AskerHasLeftAndItsReplyFails_TheNextRequestIsReceivedAndAnswered()
    {
        await using var sut = Sut.Create(static context => new RepSocket(context, OneAtATime));
        var listener = sut.Listens();
        var raw = await sut.AcceptAsync(listener, "REQ");
        await raw.SendAsync([.. Enumerable.Repeat(Octets.Hex(Octets.RequestHello), Count)]);
        await raw.DisposeAsync();
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal("hello", await sut.Socket.NextAsync());
            await sut.Socket.SendAsync("lost");
        }

        var next = await sut.AcceptAsync(listener, "REQ", settle: false);
        await next.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync("kept");

        await next.ExpectAsync(Octets.Frame([], more: true), Octets.Frame("kept"));
    }

    private static async Task SendAndLeaveAsync(RawPeer raw)
    {
        await raw.SendAsync([.. Enumerable.Repeat(Octets.Frame("x"), Count)]);
        await raw.DisposeAsync();
    }

    private static async Task ReadToLastAsync(RawPeer raw)
    {
        while (Octets.ToText((await raw.ReadMessageAsync())[0]) != "last")
        {
        }
    }
}
