using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Memory runs out between a handshake and the service that follows: nothing is left of the connection, and the next one is served.</summary>
public sealed class ScarceMemoryTests
{
    private readonly ConcurrentQueue<Connection> _connections = new();

    [Fact]
    public async Task Bind_MemoryRunsOutWhereThePeerGetsItsPipe_ItsConnectionIsDisposedOfAndTheNextIsServed()
    {
        await using var context = NewContext(listening: true);
        await using var push = new ScarceSocket(context, Sut.Quick);
        var events = new EventLog(push);
        await using var others = NewOthers();
        await using var pull = new PullSocket(others, Sut.Quick);
        pull.Connect(await push.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.AcceptFailed);
        await ExpectServedAsync(push, failed);
    }

    [Fact]
    public async Task Connect_MemoryRunsOutWhereThePeerGetsItsPipe_ItsConnectionIsDisposedOfAndTheNextIsServed()
    {
        await using var context = NewContext(listening: false);
        await using var push = new ScarceSocket(context, Sut.Quick with { Immediate = true });
        var events = new EventLog(push);
        await using var others = NewOthers();
        await using var pull = new PullSocket(others, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.ConnectRetried);
        await ExpectServedAsync(push, failed);
    }

    /// <summary>Whoever has called hears of it, and nothing is left that would be listed, or take messages.</summary>
    [Theory]
    [InlineData("mem://nobody")]
    [InlineData("inproc://nobody")]
    public async Task Connect_MemoryRunsOutWhereTheEndpointGetsItsPipe_TheEndpointIsNotConnected(string endpoint)
    {
        await using var context = NewContext(listening: false);
        await using var push = new ScarceSocket(context, Sut.Quick);

        Assert.Throws<InsufficientMemoryException>(() => push.Connect(endpoint));

        Assert.Empty(push.ConnectedEndpoints);
        Assert.Single(push.PipesRemoved);
        push.Connect(endpoint);
        Assert.Equal([endpoint], push.ConnectedEndpoints);
    }

    /// <summary>Nothing is left at the bound end, which nobody could end: the next peer gets all the messages.</summary>
    [Fact]
    public async Task Connect_MemoryRunsOutWhereTheBoundEndGetsItsPipe_ThePipeIsGoneAndTheNextPeerIsServed()
    {
        await using var context = Searched.NewContext();
        await using var push = new ScarceSocket(context, Sut.Quick);
        await using var first = new PullSocket(context, Sut.Quick);
        await using var second = new PullSocket(context, Sut.Quick);
        var endpoint = await push.BindAsync("inproc://scarce");

        Assert.Throws<InsufficientMemoryException>(() => first.Connect(endpoint));

        Assert.Empty(first.ConnectedEndpoints);
        Assert.Single(push.PipesRemoved);
        second.Connect(endpoint);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(push.TrySend($"{i}"));
            await Pairing.ExpectAsync(second.ReceiveAsync(TestTimeout.Token), $"{i}");
        }
    }

    /// <summary>As where memory runs out after the pattern has let the peer in: a PAIR would refuse everybody else.</summary>
    [Fact]
    public async Task Connect_MemoryRunsOutWhereTheBoundEndIsJoined_ThePlaceIsFree()
    {
        await using var context = Searched.NewContext();
        await using var bound = new ScarceSocket(context, Sut.Quick) { AdmitsScarcely = true };
        await using var first = new PullSocket(context, Sut.Quick);
        var endpoint = await bound.BindAsync("inproc://scarce");

        Assert.Throws<InsufficientMemoryException>(() => first.Connect(endpoint));

        Assert.Single(bound.PipesRemoved);
    }

    /// <summary>Who binds hears of it; who has connected before goes on waiting for the name.</summary>
    [Fact]
    public async Task Bind_MemoryRunsOutWhereAWaitingPeerGetsItsPipe_ThePeerWaitsForTheNextBind()
    {
        await using var context = Searched.NewContext();
        await using var push = new ScarceSocket(context, Sut.Quick);
        await using var pull = new PullSocket(context, Sut.Quick);
        pull.Connect("inproc://scarce");

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => push.BindAsync("inproc://scarce").WithinAsync());

        await push.BindAsync("inproc://scarce").WithinAsync();
        await push.WaitForPeerAsync(TestTimeout.Default);
        Assert.True(push.TrySend("1"));
        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "1");
    }

    /// <summary>Memory runs out once the two are joined: they part, and who has connected goes on waiting all the same.</summary>
    [Fact]
    public async Task Bind_MemoryRunsOutWhereAWaitingPeerIsWelcomed_ThePeerWaitsForTheNextBind()
    {
        await using var context = Searched.NewContext();
        await using var push = new ScarceSocket(context, Sut.Quick) { WelcomesScarcely = true };
        await using var pull = new PullSocket(context, Sut.Quick);
        pull.Connect("inproc://scarce");

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => push.BindAsync("inproc://scarce").WithinAsync());

        Assert.Equal(0, push.PeerCount);
        await push.BindAsync("inproc://scarce").WithinAsync();
        await push.WaitForPeerAsync(TestTimeout.Default);
        Assert.True(push.TrySend("1"));
        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "1");
    }

    /// <summary>The others that were turned away come in all the same, and nobody would try them again. This one comes back after a pause.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retry_MemoryRunsOutForOneOfThoseTurnedAway_BothComeIn(bool isElsewhere)
    {
        await using var context = Searched.NewContext();
        await using var bound = new ScarceSocket(context, Sut.Quick) { AdmitsScarcely = true, Refuses = true };
        await using var first = new PullSocket(context, Sut.Quick);
        await using var second = new PullSocket(context, Sut.Quick);
        var told = new TaskCompletionSource<SocketEvent>();
        first.Event += Tell;
        second.Event += Tell;
        var endpoint = await bound.BindAsync("inproc://scarce");
        first.Connect(endpoint);
        second.Connect(endpoint);
        bound.Refuses = false;

        if (isElsewhere) bound.TurnedAway.RetryElsewhere();
        else Assert.Throws<InsufficientMemoryException>(bound.TurnedAway.Retry);

        await first.WaitForPeerAsync(TestTimeout.Default);
        await second.WaitForPeerAsync(TestTimeout.Default);
        if (isElsewhere) Assert.IsType<InsufficientMemoryException>((await told.Task.WithinAsync()).Error!.InnerException);

        void Tell(object? sender, SocketEvent happened)
        {
            if (happened.Kind == SocketEventKind.ConnectRetried) told.TrySetResult(happened);
        }
    }

    /// <summary>Who comes back does so at ever longer pauses, as over a network, and fills no log; the next time it begins with the shortest.</summary>
    [Fact]
    public async Task Connect_MemoryStaysShortWhereTheBoundEndLetsItIn_ComesBackAtLongerPausesAndIsToldOnceAMinute()
    {
        var interval = TimeSpan.FromMilliseconds(100);
        var time = new PausesTold(interval);
        using var log = new LogOfLevels();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = time, LoggerFactory = log });
        await using var bound = new ScarceSocket(context, Sut.Quick) { HasMemory = true };
        await using var pull = new PullSocket(
            context, Sut.Quick with { ReconnectInterval = interval, ReconnectIntervalMax = TimeSpan.FromSeconds(1) });
        var events = new EventLog(pull);
        pull.Connect(await bound.BindAsync("inproc://scarce"));
        bound.IsScarce = true;

        bound.LastAdmitted!.Expel!(true);

        foreach (var factor in new[] { 1, 2, 4, 8, 10, 10, 10, 10, 10, 10 }) await PassAsync(factor, isScarce: true);
        bound.IsScarce = false;
        await PassAsync(factor: 10, isScarce: false);
        await pull.WaitForPeerAsync(TestTimeout.Default).WithinAsync();
        Assert.Equal([LogLevel.Warning], log.Levels.Where(static level => level > LogLevel.Information));

        bound.LastAdmitted.Expel(true);
        await PassAsync(factor: 1, isScarce: false);

        async Task PassAsync(int factor, bool isScarce)
        {
            var pause = await time.NextAsync();
            Assert.InRange(pause, interval * factor, interval * (factor + 1));
            time.Advance(pause);
            if (isScarce) Assert.IsType<InsufficientMemoryException>((await events.NextAsync(SocketEventKind.ConnectRetried)).Error!.InnerException);
        }
    }

    /// <summary>The place that the failed join gives back is for the one that was turned away, and is given by the same thread.</summary>
    [Fact]
    public async Task Connect_MemoryRunsOutWhereTheBoundEndIsWelcomed_TheOneTurnedAwayComesIn()
    {
        await using var context = Searched.NewContext();
        await using var bound = new ScarceSocket(context, Sut.Quick) { WelcomesScarcely = true, Refuses = true };
        await using var turnedAway = new PullSocket(context, Sut.Quick);
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await bound.BindAsync("inproc://scarce");
        turnedAway.Connect(endpoint);
        bound.Refuses = false;

        Assert.Throws<InsufficientMemoryException>(() => pull.Connect(endpoint));

        Assert.Equal(1, bound.PeerCount);
        Assert.Equal(1, turnedAway.PeerCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Close_MemoryRunsOutWhereAnEndpointLosesItsPipe_ComesBack(bool isScarceAtStart)
    {
        var context = NewContext(listening: false);
        var push = new ScarceSocket(context, Sut.Quick) { RemovesScarcely = true, HasMemory = !isScarceAtStart };
        if (isScarceAtStart) Assert.Throws<InsufficientMemoryException>(() => push.Connect("mem://nobody"));
        else push.Connect("mem://nobody");

        await push.DisposeAsync().WithinAsync();

        await context.DisposeAsync().WithinAsync();
        Assert.Empty(push.ConnectedEndpoints);
    }

    [Theory]
    [InlineData("mem")]
    [InlineData("inproc")]
    public async Task Bind_MemoryRunsOutWhereItIsTold_TheEndpointIsFree(string scheme)
    {
        var isScarce = new Scarcity { IsOn = true };
        using var log = new ScarceForListening(isScarce);
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance], LoggerFactory = log });
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = $"{scheme}://{Guid.NewGuid():N}";

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => pull.BindAsync(endpoint).WithinAsync());

        Assert.Empty(pull.BoundEndpoints);
        isScarce.IsOn = false;
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync(endpoint).WithinAsync());
        await pull.WaitForPeerAsync(TestTimeout.Default);
    }

    private async Task ExpectServedAsync(ScarceSocket push, SocketEvent failed)
    {
        await push.WaitForPeerAsync(TestTimeout.Default);
        Assert.IsType<InsufficientMemoryException>(failed.Error!.InnerException);
        Assert.Equal(1, _connections.First().Ends);
        Assert.Equal(0, _connections.Last().Ends);
        Assert.Equal(2, push.PipesAdded);
    }

    private ZmtpContext NewContext(bool listening) => Searched.NewContext(new ZmtpContextOptions
    {
        Transports = [new WrappingTransport(
            inner =>
            {
                var connection = new Connection(inner);
                _connections.Enqueue(connection);
                return connection;
            },
            listening)],
    });

    private static ZmtpContext NewOthers() => Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });

    private sealed class Connection(TransportConnection inner) : WrappedConnection(inner)
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public override ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _ends);
            return base.DisposeAsync();
        }
    }

    /// <summary>A PUSH that has no memory for its first pipe, unless told where else it has none, once.</summary>
    private sealed class ScarceSocket(ZmtpContext context, SocketOptions options) : SendingSocket(context, SocketType.Push, options)
    {
        private readonly LoadBalancer _pipes = new();
        private readonly HashSet<Pipe> _pipesRemoved = [];
        private int _pipesAdded;
        private int _failures;
        private int _removals;

        /// <summary>None where a peer is let in.</summary>
        public bool AdmitsScarcely { get; init; }

        /// <summary>None where a peer is joined.</summary>
        public bool WelcomesScarcely { get; init; }

        /// <summary>Has no place for anybody.</summary>
        public bool Refuses { get; set; }

        /// <summary>None where a pipe is removed, the first one of all among them.</summary>
        public bool RemovesScarcely { get; init; }

        /// <summary>None where a peer is let in, for as long as this holds.</summary>
        public bool IsScarce { get; set; }

        /// <summary>The pipe of the peer that was let in last.</summary>
        public Pipe? LastAdmitted { get; private set; }

        /// <summary>Enough for the first pipe.</summary>
        public bool HasMemory { get; init; }

        public int PipesAdded => Volatile.Read(ref _pipesAdded);

        /// <summary>Of a test with one thread.</summary>
        public IReadOnlyCollection<Pipe> PipesRemoved => _pipesRemoved;

        internal override bool TakesBatches => false;

        internal override void OnPipeAdded(Pipe pipe)
        {
            Interlocked.Increment(ref _pipesAdded);
            if (!AdmitsScarcely && !WelcomesScarcely && !HasMemory) FailOnce(ref _failures);
            _pipes.Add(pipe);
        }

        internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
        {
            if (Refuses) return new ZmtpException("There is no place.", FaultOrigin.Peer, mayRetry: true);
            if (AdmitsScarcely) FailOnce(ref _failures);
            if (IsScarce) throw new InsufficientMemoryException();
            LastAdmitted = pipe;
            return null;
        }

        internal override void OnAttached(Pipe pipe)
        {
            if (WelcomesScarcely) FailOnce(ref _failures);
        }

        internal override void OnPipeRemoved(Pipe pipe)
        {
            _pipesRemoved.Add(pipe);
            _pipes.Remove(pipe);
            if (RemovesScarcely) FailOnce(ref _removals);
        }

        internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

        internal override bool TrySendNow(ReadOnlySpan<byte> frame) => _pipes.TrySend(frame);

        internal override bool TrySendNow(MessageBuffer message) => _pipes.TrySend(message);

        private static void FailOnce(ref int failures)
        {
            if (Interlocked.Exchange(ref failures, 1) == 0) throw new InsufficientMemoryException();
        }
    }

    private sealed class LogOfLevels : SoleLogger
    {
        private readonly ConcurrentQueue<LogLevel> _levels = new();

        public IEnumerable<LogLevel> Levels => _levels;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _levels.Enqueue(logLevel);
    }

    /// <summary>A log that has no memory for where a socket listens.</summary>
    private sealed class ScarceForListening(Scarcity isScarce) : SoleLogger
    {
        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (isScarce.IsOn && formatter(state, exception).Contains("Listening", StringComparison.Ordinal)) throw new InsufficientMemoryException();
        }
    }
}
