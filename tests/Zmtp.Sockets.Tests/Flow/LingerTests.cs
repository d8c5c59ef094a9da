using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Flow;

public class LingerTests
{
    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    [InlineData("inproc", "NULL")]
    public async Task Dispose_MessagesUnsentAndPeerReads_AllArrive(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, new SocketOptions { Linger = TimeSpan.FromSeconds(15), SendHighWaterMark = 0 });
        await using var pull = new PullSocket(context, server);
        var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        const int count = 5000;
        var body = new byte[4096];
        for (var i = 0; i < count; i++) await push.SendAsync(body);

        var closing = push.DisposeAsync().AsTask();
        for (var i = 0; i < count; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
        await closing.WithinAsync();
    }

    [Fact]
    public async Task Dispose_SentBeforeThePeerIsThere_LingerDeliversWhenItComes()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Reserve();
        var push = new PushSocket(context, new() { Linger = TimeSpan.FromSeconds(15), ReconnectInterval = TimeSpan.FromMilliseconds(10) });
        push.Connect(listener.Endpoint);
        await push.SendAsync("late");
        var closing = push.DisposeAsync().AsTask();

        listener.Listen();
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");

        await peer.ExpectAsync("00 04 6C 61 74 65");
        await peer.DisposeAsync();
        await closing.WithinAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public async Task Dispose_NobodyTakesTheMessages_EndsWhenTheLingerIsOver(int milliseconds)
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        var push = new PushSocket(context, new() { Linger = TimeSpan.FromMilliseconds(milliseconds) });
        push.Connect(nobody.Endpoint);
        push.Connect("inproc://nobody");
        for (var i = 0; i < 10; i++) await push.SendAsync("x");

        var watch = Stopwatch.StartNew();
        await push.DisposeAsync().WithinAsync();

        Assert.True(watch.ElapsedMilliseconds >= milliseconds - 20, $"{watch.ElapsedMilliseconds} ms");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_NobodyTakesTheMessages_LastsAsLongAsTheLingerAndNoLonger(bool closes)
    {
        var linger = TimeSpan.FromMinutes(3);
        var moment = TimeSpan.FromMilliseconds(1);
        var time = new FakeTimeProvider();
        await using var nobody = RawListener.Reserve();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = time });
        await using var push = new PushSocket(context, new() { Linger = closes ? TimeSpan.Zero : linger });
        push.Connect(nobody.Endpoint);
        push.Connect("inproc://nobody");
        for (var i = 0; i < 10; i++) await push.SendAsync("x");

        var closing = closes ? push.CloseAsync(linger).AsTask() : push.DisposeAsync().AsTask();
        try
        {
            time.Advance(linger - moment);
            Assert.False(closing.IsCompleted);

            time.Advance(moment);
            await closing.WithinAsync();
            Assert.Equal(10, push.UnsentCount);
        }
        finally
        {
            // One that lasts longer has failed, and is not to hang as well.
            time.Advance(100 * linger);
        }
    }

    [Theory]
    [InlineData("dispose", 3)]
    [InlineData("dispose", 0)]
    [InlineData("context", 3)]
    [InlineData("close", 3)]
    public async Task Dispose_NobodyTakesTheMessages_TheLogSaysSoUnlessItIsWantedOrTold(string end, int minutes)
    {
        var linger = TimeSpan.FromMinutes(minutes);
        var time = new FakeTimeProvider();
        var log = new LogRecords();
        await using var nobody = RawListener.Reserve();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = time, LoggerFactory = log });
        await using var push = new PushSocket(context, new() { Linger = linger });
        push.Connect(nobody.Endpoint);
        for (var i = 0; i < 10; i++) await push.SendAsync("x");

        var closing = end switch
        {
            "close" => push.CloseAsync(linger).AsTask(),
            "context" => context.DisposeAsync().AsTask(),
            _ => push.DisposeAsync().AsTask(),
        };
        time.Advance(linger);
        if (end == "context") await push.DisposeAsync().WithinAsync();
        else await closing.WithinAsync();

        // Whoever calls CloseAsync is told by it; without a linger nobody waits for them to leave.
        Assert.Equal(10, push.UnsentCount);
        var lines = log.All.Where(static line => line.Id.Id == 3713).ToArray();
        if (end == "close" || minutes == 0)
        {
            Assert.Empty(lines);
            return;
        }

        var line = Assert.Single(lines);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.StartsWith("PUSH: messages that had not left when it was closed, and were dropped: 10.", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_EverythingLeaves_TheLogSpeaksOfNothingDropped()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { Linger = TestTimeout.Default });
        await Join.ToAsync(pull, push);
        for (var i = 0; i < 100; i++) await push.SendAsync(new byte[4096]);

        await push.DisposeAsync().WithinAsync();

        Assert.Empty(log.Warnings);
    }

    [Fact]
    public async Task Dispose_PeerConnectedButDoesNotRead_EndsWhenTheLingerIsOver()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 1 });
        var push = new PushSocket(context, new() { Linger = TimeSpan.FromMilliseconds(100), SendHighWaterMark = 10 });
        await Join.ToAsync(pull, push);
        var body = new byte[1024 * 1024];
        while (push.TrySend(body))
        {
        }

        var watch = Stopwatch.StartNew();
        await push.DisposeAsync().WithinAsync();

        Assert.True(watch.ElapsedMilliseconds >= 100 - 20, $"{watch.ElapsedMilliseconds} ms");
        Assert.NotEqual(0, push.UnsentCount);
    }

    [Fact]
    public async Task Close_NobodyTakesTheMessages_TellsHowManyAreDropped()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(nobody.Endpoint);
        for (var i = 0; i < 10; i++) await push.SendAsync("x");

        Assert.Equal(10, await push.CloseAsync(TimeSpan.Zero).WithinAsync());
        Assert.Equal(10, push.UnsentCount);
    }

    [Fact]
    public async Task Close_EverythingLeaves_TellsThatNothingIsDropped()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push);
        for (var i = 0; i < 100; i++) await push.SendAsync(new byte[4096]);

        Assert.Equal(0, await push.CloseAsync(TestTimeout.Default).WithinAsync());
        Assert.Equal(0, push.UnsentCount);
        for (var i = 0; i < 100; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
    }

    [Fact]
    public async Task Close_Hurried_EndsTheLinger()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        push.Connect(nobody.Endpoint);
        await push.SendAsync("x");
        using var hurry = new CancellationTokenSource();
        var closing = push.CloseAsync(TimeSpan.FromHours(1), hurry.Token);
        Assert.False(closing.IsCompleted);

        await hurry.CancelAsync();
        Assert.Equal(1, await closing.WithinAsync());
    }

    [Fact]
    public async Task Close_PeerDoesNotRead_TellsHowManyAreDroppedAndAgainWhenItIsClosed()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Open();
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 10 });
        push.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await push.WaitForPeerAsync(TestTimeout.Default);

        // Until the system takes no more, and the queue is full.
        var body = new byte[1024 * 1024];
        var until = TestTimeout.Token;
        for (var refused = 0; refused < 100; refused = push.TrySend(body) ? 0 : refused + 1)
        {
            until.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var dropped = await push.CloseAsync(TimeSpan.FromMilliseconds(50)).WithinAsync();

        Assert.InRange(dropped, 1, 10);
        Assert.Equal(dropped, push.UnsentCount);
        Assert.Throws<ObjectDisposedException>(() => push.TrySend(body));
        Assert.Equal(dropped, await push.CloseAsync(TimeSpan.FromHours(1)).WithinAsync());
        await push.DisposeAsync().WithinAsync();
    }

    [Fact]
    public async Task Close_DoesNotSend_TellsThatNothingIsDropped()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context);
        var push = new PushSocket(context);
        await Join.ToAsync(pull, push);

        Assert.Equal(0, await pull.CloseAsync(TimeSpan.FromHours(1)).WithinAsync());
    }

    [Fact]
    public async Task Close_LingerOutOfRange_ThrowsAndTheSocketStaysOpen()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await push.CloseAsync(TimeSpan.FromMilliseconds(-2)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await push.CloseAsync(TimeSpan.FromDays(25)));
        Assert.False(push.TrySend("x"));
    }

    [Fact]
    public async Task UnsentCount_AConnectionIsLostInTheMiddleOfAMessage_CountsIt()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Open();
        await using var push = new PushSocket(context, new() { Linger = TimeSpan.Zero });
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        push.Event += (_, happened) =>
        {
            if (happened.Kind == SocketEventKind.Disconnected) lost.TrySetResult();
        };
        push.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await push.SendAsync("small");
        await peer.ExpectAsync("00 05 73 6D 61 6C 6C");

        // More than the system keeps for a peer that does not read.
        await push.SendAsync(new byte[16 * 1024 * 1024]);
        await peer.ReadAsync(1024);
        peer.Reset();

        await lost.Task.WithinAsync();
        Assert.Equal(1, push.UnsentCount);
    }

    [Fact]
    public async Task Disconnect_SeveralAtOnceWithUnsentMessages_AllEnd()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { Linger = TimeSpan.FromMilliseconds(100) });
        string[] endpoints = [.. Enumerable.Range(0, 5).Select(_ => Join.Fresh("inproc"))];
        foreach (var endpoint in endpoints) push.Connect(endpoint);
        for (var i = 0; i < 20; i++) await push.SendAsync("x");

        await Task.WhenAll(endpoints.Select(endpoint => push.DisconnectAsync(endpoint).AsTask())).WithinAsync();
    }

    [Fact]
    public async Task Disconnect_MessagesUnsent_TheyLeaveFirst()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { Linger = TimeSpan.FromSeconds(15), SendHighWaterMark = 0 });
        var endpoint = await Join.ToAsync(pull, push);
        const int count = 2000;
        for (var i = 0; i < count; i++) await push.SendAsync(new byte[4096]);

        var leaving = push.DisconnectAsync(endpoint).AsTask();
        for (var i = 0; i < count; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
        await leaving.WithinAsync();
    }

    [Fact]
    public async Task Dispose_ReceivedBefore_WhatArrivedStaysReadableAtThePeer()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        for (var i = 0; i < 10; i++) await push.SendAsync("x");
        await push.DisposeAsync();

        for (var i = 0; i < 10; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
        Assert.Equal(0, pull.PeerCount);
    }
}
