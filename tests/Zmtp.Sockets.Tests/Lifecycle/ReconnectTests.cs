using System.Net;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class ReconnectTests
{
    private static readonly SocketOptions Quick = new() { ReconnectInterval = TimeSpan.FromMilliseconds(10) };

    [Fact]
    public async Task Connect_PeerDiesAndComesBack_TrafficGoesOn()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Quick);
        var pull = new PullSocket(context);
        var endpoint = await Join.ToAsync(pull, push);
        var log = new EventLog(push);
        for (var i = 0; i < 5; i++)
        {
            await pull.DisposeAsync();
            await log.NextAsync(SocketEventKind.Disconnected);
            pull = new PullSocket(context);
            await pull.BindAsync(endpoint);
            await log.NextAsync(SocketEventKind.HandshakeSucceeded);
            await push.SendAsync($"{i}");
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}");
        }

        await pull.DisposeAsync();
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    [InlineData("inproc")]
    public async Task Connect_SentWhileThePeerIsAway_ArrivesWhenItIsBack(string transport)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Quick);
        var pull = new PullSocket(context);
        var endpoint = await Join.ToAsync(pull, push, transport);
        var log = new EventLog(push);
        await pull.DisposeAsync();
        await log.NextAsync(SocketEventKind.Disconnected);

        for (var i = 0; i < 100; i++) await push.SendAsync(Message.Of($"{i}", "", "x"));

        pull = new PullSocket(context);
        await pull.BindAsync(endpoint);
        for (var i = 0; i < 100; i++) await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}", "", "x");
        await pull.DisposeAsync();
    }

    [Fact]
    [Spec("ZMTP30-75", "ZMTP30-76")]
    public async Task Connect_LineCutAgainAndAgain_WhatArrivesIsWholeOnceAndInTheOrderOfItsConnection()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var relay = Relay.To(await pull.BindAsync("tcp://127.0.0.1:*"));
        await using var push = new PushSocket(context, Quick with { Linger = TimeSpan.Zero, ReconnectIntervalMax = Quick.ReconnectInterval });
        push.Connect(relay.Endpoint);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var body = new byte[3000];
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                BitConverter.TryWriteBytes(body, i);
                BitConverter.TryWriteBytes(body.AsSpan(body.Length - 4), i);
                await push.SendAsync(body, TestTimeout.Token);
            }
        });

        // The bound side cannot know that a new connection is of an old peer: what is left of the old one takes turns with what comes in.
        var last = new Dictionary<ZmtpPeer, int>();
        var seen = new HashSet<int>();
        for (var cut = 0; cut < 10 || last.Count < 3; cut++)
        {
            for (var i = 0; i < 200; i++)
            {
                using var message = await pull.ReceiveAsync(TestTimeout.Token);
                var number = BitConverter.ToInt32(message.Span);
                Assert.Equal(3000, message.Length);
                Assert.Equal(number, BitConverter.ToInt32(message.Span[^4..]));
                Assert.True(seen.Add(number), $"{number} came twice");
                Assert.True(number > last.GetValueOrDefault(message.Peer!, -1), $"{number} came too late on its connection");
                last[message.Peer!] = number;
            }

            relay.Cut();
        }

        await stop.CancelAsync();
        while (!sending.IsCompleted) pull.TryReceive(TimeSpan.FromMilliseconds(10), out _);
        await sending;
    }

    [Fact]
    public async Task Connect_ServerRefusesAfterTheConnection_PausesGrow()
    {
        var time = new QuickPauses();
        await using var sut = Sut.Create(static context => new PushSocket(context, QuickPauses.Options), time);
        var listener = sut.Listens();

        // Each connection is closed at once: tcp succeeds, the handshake does not.
        for (var i = 0; i < 7; i++) await (await listener.AcceptAsync()).DisposeAsync();

        await time.ExpectGrowingAsync();
    }

    [Fact]
    public async Task Immediate_NoPeer_NothingIsQueued()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Open();
        await using var push = new PushSocket(context, Quick with { Immediate = true });
        push.Connect(listener.Endpoint);
        Assert.False(push.TrySend("x"));

        await using var peer = await listener.AcceptAsync();
        await peer.Handshake31Async("PULL");
        await push.SendAsync("hello", TestTimeout.Token);
        await peer.ExpectAsync(Octets.Hello);
    }

    [Fact]
    public async Task Immediate_InprocNameIsNotBound_NothingIsQueued()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Quick with { Immediate = true });
        var name = Join.Fresh("inproc");
        push.Connect(name);
        for (var i = 0; i < 3; i++)
        {
            Assert.False(push.TrySend("x"));
            await using var pull = new PullSocket(context);
            await pull.BindAsync(name);
            await push.SendAsync($"{i}", TestTimeout.Token);
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}");
        }

        await push.DisconnectAsync(name);
        Assert.False(push.TrySend("x"));
    }

    [Fact]
    public async Task Immediate_OneOfTwoInprocNamesIsBound_AllMessagesGoThere()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Quick with { Immediate = true });
        await using var pull = new PullSocket(context);
        push.Connect(Join.Fresh("inproc"));
        push.Connect(await pull.BindAsync(Join.Fresh("inproc")));
        for (var i = 0; i < 4; i++)
        {
            await push.SendAsync($"{i}", TestTimeout.Token);
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_InprocToAWrongSocketType_StopsAndQueuesNothing(bool isBoundFirst)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Quick);
        await using var wrong = new PubSocket(context);
        var log = new EventLog(push);
        var name = Join.Fresh("inproc");
        if (isBoundFirst) await wrong.BindAsync(name);
        push.Connect(name);
        if (!isBoundFirst)
        {
            Assert.True(push.TrySend("queued"));
            await wrong.BindAsync(name);
        }

        await log.NextAsync(SocketEventKind.HandshakeFailed);
        var stopped = await log.NextAsync(SocketEventKind.ConnectStopped);
        Assert.Equal(ProtocolError.IncompatibleSocketType, Assert.IsType<ZmtpProtocolException>(stopped.Error).Error);
        Assert.False(push.TrySend("x"));
        await using var pull = new PullSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        for (var i = 0; i < 4; i++)
        {
            await push.SendAsync($"{i}", TestTimeout.Token);
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), $"{i}");
        }

        await push.DisconnectAsync(name);
    }

    [Fact]
    public async Task Connect_NameThatMovesBetweenTheAttempts_IsLookedUpAnewForEach()
    {
        await using var listener = RawListener.Open();
        var lookups = 0;
        var tcp = new TcpTransport(new NameLookup(name =>
        {
            Assert.Equal("server.invalid", name);

            // On the first two nobody listens.
            return [Interlocked.Increment(ref lookups) > 2 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")];
        }));
        await using var context = Searched.NewContext(new() { Transports = [tcp] });
        await using var push = new PushSocket(context, Quick);
        push.Connect(listener.Endpoint.Replace("127.0.0.1", "server.invalid", StringComparison.Ordinal));

        for (var connection = 1; connection <= 2; connection++)
        {
            await using var peer = await listener.AcceptAsync();
            await peer.Handshake31Async("PULL");
            await push.WaitForPeerAsync(TestTimeout.Default);
            Assert.Equal(2 + connection, Volatile.Read(ref lookups));
        }
    }

    [Fact]
    public async Task Connect_WrongMechanism_StopsForGood()
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Open();
        await using var push = new PushSocket(context, Quick);
        var log = new EventLog(push);
        push.Connect(listener.Endpoint);
        await using var peer = await listener.AcceptAsync();
        await peer.SendAsync(Octets.Greeting31("CURVE"));

        var stopped = await log.NextAsync(SocketEventKind.ConnectStopped);

        Assert.False(stopped.Error!.MayRetry);
        await listener.ExpectNoConnectionAsync(TimeSpan.FromMilliseconds(300));
    }
}
