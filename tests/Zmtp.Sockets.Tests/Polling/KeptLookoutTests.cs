using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>A blocked call keeps its connections for the next one: nobody may stay unheard when that does not come.</summary>
[Collection(AloneCollection.Name)]
public class KeptLookoutTests
{
    private const string Ping = "04 07 04 50 49 4E 47 00 00";
    private const string Pong = "04 05 04 50 4F 4E 47";

    [Fact]
    public async Task RECEIVE_TheApplicationDoesSomethingElseAfterwards_APingIsAnswered()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await PeerConnectsAsync(sut, "PUSH");
        await ReceiveUntilKeptAsync(sut.Socket, raw);
        await raw.SendAsync(Ping);
        await raw.ExpectAsync(Pong);
    }

    [Fact]
    public async Task RECEIVE_TheApplicationDoesSomethingElseAfterwards_ThePeersEndIsNoticed()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await PeerConnectsAsync(sut, "PUSH");
        await ReceiveUntilKeptAsync(sut.Socket, raw);
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RECEIVE_TheNextCallIsOfAnotherKind_ItDoesNotWaitForTheClock(bool awaits)
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await PeerConnectsAsync(sut, "PUSH");
        await Promptness.AssertAsync(21, async () =>
        {
            await ReceiveUntilKeptAsync(sut.Socket, raw);
            var next = awaits ? sut.Socket.ReceiveAsync(TestTimeout.Token).AsTask() : Task.Run(() => Poll(sut.Socket));
            var start = Stopwatch.GetTimestamp();
            await raw.SendAsync(Octets.Hello);
            (await next.WithinAsync()).Dispose();
            return Stopwatch.GetElapsedTime(start);
        });
    }

    [PollerFact]
    public async Task RECEIVE_ManyMessagesAtATimeToOneWhoIsBackAtOnce_TheirConnectionIsKeptToo()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await PeerConnectsAsync(sut, "PUSH");
        var isKept = false;

        // Something else may hold the thread up between two calls, but not each time.
        for (var until = TestTimeout.Token; !isKept; until.ThrowIfCancellationRequested())
        {
            await ReceiveBlockedAsync(sut.Socket, raw, count: 20, atOnce: 8);
            isKept = Lookouts(sut.Socket.Receiver).HasKept;
        }
    }

    /// <summary>Else two that send to each other, each with full queues and kept connections, would wait for the clock.</summary>
    [PollerFact]
    public async Task SEND_HasToWait_WhatWasKeptIsReadByOthers()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        var raw = await PeerConnectsAsync(sut, "DEALER");
        var lookouts = Lookouts(sut.Socket.Receiver);
        var lookout = await TakeKeptAsync(sut.Socket, raw);
        lookouts.Keep(lookout);
        sut.Socket.EnqueueSender().Discard();
        Assert.False(lookouts.HasKept);
        Assert.True(lookout.IsEmpty);
    }

    /// <summary>What others read may keep the queue filled, and nobody would come to read the one that is kept.</summary>
    [PollerFact]
    public async Task RECEIVE_OneOfTwoConnectionsIsReadByOthers_NeitherIsKept()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var receiver = sut.Socket.Receiver;
        var first = await PeerConnectsAsync(sut, "PUSH");
        await PeerConnectsAsync(sut, "PUSH");
        var until = TestTimeout.Token;
        while (true)
        {
            // Held by another thread: as good as read by others.
            until.ThrowIfCancellationRequested();
            var lookout = await TakeKeptAsync(sut.Socket, first);
            var sources = Sources(receiver).Snapshot;
            if (sources.Length == 2 && Array.TrueForAll(sources, source => source.TryHold(lookout)))
            {
                lookout.Release();
                using var other = Lookout.TryCreate()!;
                var isHeld = sources[0].TryHold(other) && sources[1].TryHold(lookout);
                Leave(receiver, lookout, sources, keepsThem: true);
                if (!isHeld) continue;
                Assert.False(Lookouts(receiver).HasKept);
                return;
            }

            Lookouts(receiver).GiveBack(lookout);
        }
    }

    [PollerFact]
    public async Task RECEIVE_AnotherCallSleepsAtOtherSockets_ItHearsOfThoseToo()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var receiver = sut.Socket.Receiver;
        var raw = await PeerConnectsAsync(sut, "PUSH");
        await Promptness.AssertAsync(11, async () =>
        {
            var until = TestTimeout.Token;
            while (true)
            {
                // As a call that has received from the first peer and is about to keep it, while another one falls asleep at the second.
                until.ThrowIfCancellationRequested();
                var lookout = await TakeKeptAsync(sut.Socket, raw);
                var sources = Sources(receiver).Snapshot;
                var second = await PeerConnectsAsync(sut, "PUSH");
                using var start = new Barrier(2);
                var other = Blocking.RunAsync(() =>
                {
                    start.SignalAndWait(TestTimeout.Default);
                    sut.Socket.Receive(TestTimeout.Default).Dispose();
                });
                start.SignalAndWait(TestTimeout.Default);
                Assert.True(SpinWait.SpinUntil(() => IsAsleep(receiver) || Waiters(receiver).Count > 0, TestTimeout.Default));

                // It sleeps there for 20 ms at most, and then elsewhere, which another thread may be too late for.
                var isAsleep = IsAsleep(receiver);
                Leave(receiver, lookout, sources, keepsThem: true);
                var begin = Stopwatch.GetTimestamp();
                await raw.SendAsync(Octets.Hello);
                await other.WithinAsync();
                var taken = Stopwatch.GetElapsedTime(begin);
                await second.DisposeAsync();
                await sut.Events.NextAsync(SocketEventKind.Disconnected);
                if (isAsleep) return taken;
            }
        });
    }

    [Theory]
    [InlineData("ROUTER")]
    [InlineData("PAIR")]
    public async Task RECEIVE_ThePeerLeaves_ItIsHeardAtOnceAndFindsItsPlaceFreeWhenItComesBack(string type)
    {
        await using var sut = type == "PAIR"
            ? await Sut.BoundAsync<DuplexSocket>(context => new PairSocket(context, Sut.Quick))
            : await Sut.BoundAsync<DuplexSocket>(context => new RouterSocket(context, Sut.Quick));
        await Promptness.AssertAsync(20, async () =>
        {
            var raw = await sut.PeerConnectsAsync(type == "PAIR" ? "PAIR" : "DEALER", type == "PAIR" ? null : "A", settle: false);
            var end = await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded, SocketEventKind.HandshakeFailed);
            Assert.Equal(SocketEventKind.HandshakeSucceeded, end.Kind);
            await ReceiveUntilKeptAsync(sut.Socket, raw);
            var start = Stopwatch.GetTimestamp();
            await raw.DisposeAsync();
            await sut.Events.NextAsync(SocketEventKind.Disconnected);
            return Stopwatch.GetElapsedTime(start);
        });
    }

    [Fact]
    public async Task DISCONNECT_ThePeerHangsUp_ItDoesNotWaitForTheClock()
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick));
        await Promptness.AssertAsync(11, async () =>
        {
            var listener = sut.Listens();
            var raw = await sut.AcceptAsync(listener, "PUSH", settle: false);
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
            await ReceiveUntilKeptAsync(sut.Socket, raw);
            var start = Stopwatch.GetTimestamp();
            var disconnecting = sut.Socket.DisconnectAsync(listener.Endpoint).AsTask();
            await raw.ReadToCloseAsync();
            await raw.DisposeAsync();
            await disconnecting.WithinAsync();
            return Stopwatch.GetElapsedTime(start);
        });
    }

    // Nobody may PING: a connection with heartbeats is not kept.
    private static async Task<RawPeer> PeerConnectsAsync<T>(Sut<T> sut, string type)
        where T : ZmtpSocket
    {
        var raw = await sut.PeerConnectsAsync(type, settle: false);
        await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
        return raw;
    }

    /// <summary>A lookout that has its connection still. The clock may come first, now and then.</summary>
    private static async Task<Lookout> TakeKeptAsync(ZmtpSocket socket, RawPeer raw)
    {
        var until = TestTimeout.Token;
        while (true)
        {
            await ReceiveUntilKeptAsync(socket, raw);
            var lookout = Lookouts(socket.Receiver).Take()!;
            if (!lookout.IsEmpty) return lookout;
            Lookouts(socket.Receiver).GiveBack(lookout);
            until.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Until the connection is kept, where that is possible; for a moment, if nobody comes.</summary>
    private static async Task ReceiveUntilKeptAsync(ZmtpSocket socket, RawPeer raw)
    {
        var isKept = false;
        var until = TestTimeout.Token;
        while (!isKept && !until.IsCancellationRequested)
        {
            await ReceiveBlockedAsync(socket, raw, count: 5);
            isKept = !Lookout.IsPossible || Lookouts(socket.Receiver).HasKept;
        }

        Assert.True(isKept, "The connection is not kept.");
    }

    // So many at a time, and the next ones when they are taken: then the last ones were, most likely, waited for asleep at the socket.
    private static async Task ReceiveBlockedAsync(ZmtpSocket socket, RawPeer raw, int count, int atOnce = 1)
    {
        using var received = new SemaphoreSlim(0);
        var receiving = Blocking.RunAsync(() =>
        {
            for (var i = 1; i <= count * atOnce; i++)
            {
                Assert.True(socket.Receiver.TryReceive(TestTimeout.Default, out var message));
                message.Dispose();
                if (i % atOnce == 0) received.Release();
            }
        });
        for (var i = 0; i < count; i++)
        {
            await raw.SendAsync(string.Join(' ', Enumerable.Repeat(Octets.Hello, atOnce)));
            await received.WaitAsync().WithinAsync();
        }

        await receiving.WithinAsync();
    }

    private static bool IsAsleep(Receiver receiver) => Volatile.Read(ref Sleeper(receiver)) is not null;

    private static Message Poll(PullSocket pull)
    {
        var end = Stopwatch.GetTimestamp() + (long)(TestTimeout.Default.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            if (pull.TryReceive(TimeSpan.Zero, out var message)) return message;
            Thread.Yield();
        }

        throw new TimeoutException("Nothing was received.");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lookouts")]
    private static extern ref SpareLookouts Lookouts(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sleeper")]
    private static extern ref Lookout? Sleeper(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_waiters")]
    private static extern ref WaitQueue<Message> Waiters(Receiver receiver);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Leave")]
    private static extern void Leave(Receiver receiver, Lookout lookout, Pipe[] sources, bool keepsThem);
}
