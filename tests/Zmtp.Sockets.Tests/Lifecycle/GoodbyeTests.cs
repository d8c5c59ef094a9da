using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>How a socket that closes and its peers part. The clock stands still, so what ends does not owe it to a time limit.</summary>
public class GoodbyeTests
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromMilliseconds(250);

    // More than a peer's system takes before the peer reads.
    private static readonly byte[] Large = new byte[600_000];

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Dispose_PeerDoesNotHangUp_EndsAtOnceAndTheLastMessageIsFollowedByTheEnd()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context), _time);
        var raw = await sut.PeerListensAsync("ROUTER");
        await sut.Socket.SendAsync("last");

        await sut.Socket.DisposeAsync().WithinAsync();

        Assert.Equal(Octets.ToHex(Octets.Frame("last")), Octets.ToHex(await raw.ReadToCloseAsync()));
    }

    [Fact]
    public async Task Dispose_BoundAndPeersDoNotHangUp_EndsAtOnce()
    {
        await using var sut = await Sut.BoundAsync(static context => new PullSocket(context), _time);
        var one = await sut.PeerConnectsAsync("PUSH");
        var other = await sut.PeerConnectsAsync("PUSH");

        await sut.Socket.DisposeAsync().WithinAsync();

        Assert.Empty(await one.ReadToCloseAsync());
        Assert.Empty(await other.ReadToCloseAsync());
    }

    // A connection that is closed over octets nobody has read is reset, and the peer may lose what it has not read itself.
    [Fact]
    public async Task Dispose_PeerIsStillSending_WhatWeSentArrivesAndNothingIsReset()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context, new() { ReceiveHighWaterMark = 1 }), _time);
        var raw = await sut.PeerListensAsync("ROUTER");
        for (var i = 0; i < 100; i++) await raw.SendAsync(Octets.Frame("unread"));
        await sut.Socket.SendAsync("last");

        await sut.Socket.DisposeAsync().WithinAsync();
        for (var i = 0; i < 100; i++) await raw.SendAsync(Octets.Frame("too late"));

        Assert.Equal(Octets.ToHex(Octets.Frame("last")), Octets.ToHex(await raw.ReadToCloseAsync()));
    }

    [Fact]
    public async Task Context_DisposedAfterItsSocket_WaitsUntilThePeerHasHungUp()
    {
        var sut = Sut.Create(static context => new DealerSocket(context), _time);
        var raw = await sut.PeerListensAsync("ROUTER");
        await sut.Socket.DisposeAsync().WithinAsync();

        var closing = sut.Context.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        await raw.DisposeAsync();

        await closing.WithinAsync();
        await sut.DisposeAsync();
    }

    [Theory]
    [InlineData(0, 250)]
    [InlineData(1000, 1000)]
    [InlineData(60_000, 30_000)]
    [InlineData(-1, 30_000)]
    public async Task Context_DisposedAndThePeerNeverHangsUp_EndsWhenTheTimeIsOver(int linger, int expected)
    {
        await using var sut = Sut.Create(
            context => new DealerSocket(context, new() { Linger = TimeSpan.FromMilliseconds(linger) }), _time);
        await sut.PeerListensAsync("ROUTER");
        await sut.Socket.DisposeAsync().WithinAsync();

        var closing = sut.Context.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(expected));

        await closing.WithinAsync();
    }

    [Fact]
    public async Task Close_TokenFiresWhenAllHasLeft_ThePeerHasAMomentMore()
    {
        await using var sut = Sut.Create(static context => new DealerSocket(context), _time);
        using var hurry = new CancellationTokenSource();
        var raw = await sut.PeerListensAsync("ROUTER");
        await sut.Socket.CloseAsync(Timeout.InfiniteTimeSpan, hurry.Token).WithinAsync();

        var closing = sut.Context.DisposeAsync().AsTask();
        await hurry.CancelAsync();

        // A connection that is over answers with a reset, after which nothing can be sent.
        for (var i = 0; i < 100; i++) await raw.SendAsync(Octets.Frame("still read off"));
        Assert.False(closing.IsCompleted);
        _time.Advance(Goodbye);

        await closing.WithinAsync();
    }

    [Fact]
    public async Task Context_DisposedAfterASocketThatSendsNothing_WaitsForNoLinger()
    {
        await using var sut = await Sut.BoundAsync(
            static context => new PullSocket(context, new() { Linger = TimeSpan.FromSeconds(10) }), _time);
        await sut.PeerConnectsAsync("PUSH");
        await sut.Socket.DisposeAsync().WithinAsync();

        var closing = sut.Context.DisposeAsync().AsTask();
        _time.Advance(Goodbye);

        await closing.WithinAsync();
    }

    // The system has all of it, so nothing is queued. Whatever the peer says to a connection that is closed is answered by a reset, and that takes what
    // it has not read away from it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposeOrDisconnect_PeerSpeaksBeforeItReads_ItReadsAllThatWasSentWithinTheLinger(bool disposes)
    {
        await using var sut = Sut.Create(
            static context => new DealerSocket(context, new() { Linger = TimeSpan.FromSeconds(60) }), _time);
        var raw = await sut.PeerListensAsync("ROUTER");
        await sut.Socket.SendAsync(Large);

        var closing = disposes
            ? sut.Socket.DisposeAsync().AsTask()
            : sut.Socket.DisconnectAsync(sut.Socket.ConnectedEndpoints.Single()).AsTask();
        await _time.PassUntilAsync(closing, TimeSpan.FromMilliseconds(10));
        _time.Advance(TimeSpan.FromSeconds(1));
        await raw.SendAsync(Octets.Hex(Octets.PingLol));

        Assert.Equal(Octets.Frame(Large), await raw.ReadToCloseAsync());
    }

    [Fact]
    public async Task Unbind_PeerIsStillSending_WhatWasOnItsWayIsReceived()
    {
        await using var sut = await Sut.BoundAsync(static context => new PullSocket(context), _time);
        var raw = await sut.PeerConnectsAsync("PUSH");

        var leaving = sut.Socket.UnbindAsync(sut.Endpoint).AsTask();
        Assert.Empty(await raw.ReadToCloseAsync());
        await raw.SendAsync(Octets.Frame("late"));
        using var message = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        await raw.DisposeAsync();

        Assert.Equal("late", message.AsString());
        await leaving.WithinAsync();
    }

    [Theory]
    [InlineData("tcp", true)]
    [InlineData("tcp", false)]
    [InlineData("ipc", true)]
    [InlineData("inproc", true)]
    [InlineData("inproc", false)]
    public async Task UnbindOrDisconnect_MessagesWereSentAndNotTaken_AreReadableUntilTheSocketIsDisposed(string transport, bool unbinds)
    {
        await using var context = Join.NewContext(new() { Time = _time });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        var endpoint = unbinds ? await Join.ToAsync(pull, push, transport) : await Join.ToAsync(push, pull, transport);
        for (var i = 0; i < 3; i++) await push.SendAsync($"{i}");
        Assert.Equal(0, await push.CloseAsync(Timeout.InfiniteTimeSpan).WithinAsync());

        await (unbinds ? pull.UnbindAsync(endpoint) : pull.DisconnectAsync(endpoint)).WithinAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.True(pull.TryReceive(out var message));
            using (message) Assert.Equal($"{i}", message.AsString());
        }

        Assert.False(pull.TryReceive(out _));
        await pull.DisposeAsync().WithinAsync();
        Assert.Throws<ObjectDisposedException>(() => pull.TryReceive(out _));
    }

    [Fact]
    public async Task Unbind_PeerAsksForASignOfLife_WhatWasOnItsWayIsReceivedAllTheSame()
    {
        await using var sut = await Sut.BoundAsync(static context => new PullSocket(context), _time);
        var raw = await sut.PeerConnectsAsync("PUSH");

        var leaving = sut.Socket.UnbindAsync(sut.Endpoint).AsTask();
        Assert.Empty(await raw.ReadToCloseAsync());

        // Read together: whoever has the message has tried to answer the PING.
        await raw.SendAsync(Octets.Hex(Octets.PingLol), Octets.Frame("late"));
        Assert.Equal("late", await sut.Socket.NextAsync());
        await raw.SendAsync(Octets.Frame("later"));
        Assert.Equal("later", await sut.Socket.NextAsync());
        await raw.DisposeAsync();

        await leaving.WithinAsync();
    }

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    public async Task Dispose_OfBothEndsAtOnce_EveryMessageArrivesBefore(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, new SocketOptions { Linger = TimeSpan.FromSeconds(15) });
        for (var round = 0; round < 20; round++)
        {
            var pull = new PullSocket(context, server);
            var push = new PushSocket(context, client);
            await Join.ToAsync(pull, push, transport);
            for (var i = 0; i < 10; i++) await push.SendAsync("x");
            await push.DisposeAsync().WithinAsync();
            for (var i = 0; i < 10; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
            await pull.DisposeAsync().WithinAsync();
        }
    }
}
