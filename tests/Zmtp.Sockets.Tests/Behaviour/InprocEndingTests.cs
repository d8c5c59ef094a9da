using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Behaviour;

/// <summary>Connectors within the process that are refused, replaced, given up or closed.</summary>
public class InprocEndingTests
{
    private static readonly SocketOptions NeverAgain = new() { ReconnectInterval = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task IMMEDIATE_TheBoundEndRefuses_NothingIsTakenMeanwhile()
    {
        using var log = new Reacting();
        await using var context = Join.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var bound = new PairSocket(context);
        await using var first = new PairSocket(context);
        var endpoint = await Join.ToAsync(bound, first, "inproc");
        await using var second = new PairSocket(context, new() { Immediate = true });
        var isTaken = false;
        var lines = 0;
        log.OnLine = () =>
        {
            lines++;
            isTaken |= second.TrySend("lost");
        };

        second.Connect(endpoint);
        log.OnLine = null;

        Assert.True(lines > 0);
        Assert.False(isTaken);
        await first.DisposeAsync();
        await second.SendAsync("hello", TestTimeout.Token);
        Assert.Equal("hello", await bound.NextAsync());
    }

    [Fact]
    public async Task LINGER_TurnedAwayAndThePlaceBecomesFree_WhatIsQueuedStillLeaves()
    {
        await using var context = Join.NewContext();
        await using var bound = new PairSocket(context);
        var first = new PairSocket(context);
        var endpoint = await Join.ToAsync(bound, first, "inproc");
        var second = new PairSocket(context, new() { Linger = TestTimeout.Default });
        second.Connect(endpoint);
        Assert.True(second.TrySend("late"));

        var closing = second.DisposeAsync().AsTask();
        await first.DisposeAsync();

        Assert.Equal("late", await bound.NextAsync());
        await closing.WithinAsync();
    }

    [Fact]
    public async Task RECONNECT_NeverAndAnotherTakesThePlace_TheEndpointIsGivenUp()
    {
        await using var context = Join.NewContext();
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        await using var dealer = new DealerSocket(context, NeverAgain with { RoutingId = "same"u8.ToArray() });
        await using var successor = new DealerSocket(context, new() { RoutingId = "same"u8.ToArray() });
        var endpoint = await Join.ToAsync(router, dealer, "inproc");
        var events = new EventLog(dealer);

        successor.Connect(endpoint);

        await events.NextAsync(SocketEventKind.ConnectStopped);
        Assert.False(dealer.TrySend("x"));
    }

    /// <summary>The pause would keep the closed socket for as long.</summary>
    [Fact]
    public async Task RECONNECT_ClosedWhileItWaitsToComeBack_ThePauseIsOver()
    {
        var time = new PauseTold();
        await using var context = Join.NewContext(new ZmtpContextOptions { Time = time });
        await using var router = new RouterSocket(context, new() { RouterHandover = true });
        await using var dealer = new DealerSocket(context, new() { RoutingId = "same"u8.ToArray(), ReconnectInterval = PauseTold.Pause });
        await using var successor = new DealerSocket(context, new() { RoutingId = "same"u8.ToArray() });
        successor.Connect(await Join.ToAsync(router, dealer, "inproc"));
        await time.HasBegun.WithinAsync();

        await dealer.DisposeAsync().WithinAsync();

        await time.IsOver.WithinAsync();
    }

    [Fact]
    public async Task RECONNECT_NeverAndTheBoundEndGoes_TheEndpointIsGivenUp()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context);
        await using var push = new PushSocket(context, NeverAgain);
        await Join.ToAsync(pull, push, "inproc");
        var events = new EventLog(push);

        await pull.DisposeAsync();

        await events.NextAsync(SocketEventKind.ConnectStopped);
        Assert.False(push.TrySend("x"));
    }

    [Fact]
    public async Task PUB_EndpointIsGivenUpWhileItsPipeOpens_PeerIsAdmitted()
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context);
        var opening = new ConnectorPipe(pub, "inproc://given-up", isParked: false);
        opening.Retire();

        var pipe = opening.Open();

        Assert.Null(pub.Admit(pipe, new ZmtpPeer { SocketType = SocketType.Sub }));
        Assert.False(pipe.TrySend("x"u8));
    }

    [Fact]
    public async Task UNBIND_InterruptedWhileAnotherConnects_TheNameIsFree()
    {
        using var log = new Reacting();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        var bound = new PullSocket(context);
        var endpoint = await bound.BindAsync(Join.Fresh("inproc"), TestTimeout.Token);
        await using var push = new PushSocket(context);
        using var isJoining = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        log.OnLine = () =>
        {
            log.OnLine = null;
            isJoining.Set();
            Assert.True(mayGoOn.Wait(TestTimeout.Default));
        };
        var connecting = Blocking.RunAsync(() => push.Connect(endpoint));
        Assert.True(isJoining.Wait(TestTimeout.Default));
        Task? closing = null;

        await Interrupted.RunAsync(
            whileHeld =>
            {
                whileHeld();
                mayGoOn.Set();
            },
            () => closing = bound.DisposeAsync().AsTask());

        await connecting.WithinAsync();
        await closing!.WithinAsync();
        await using var next = new PullSocket(context);
        await next.BindAsync(endpoint, TestTimeout.Token);
        await push.SendAsync("hello", TestTimeout.Token);
        Assert.Equal("hello", await next.NextAsync());
    }

    /// <summary>A clock that tells of one pause.</summary>
    private sealed class PauseTold : TimeProvider
    {
        public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

        private readonly TaskCompletionSource _hasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _isOver = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasBegun => _hasBegun.Task;

        public Task IsOver => _isOver.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime < Pause) return timer;
            _hasBegun.TrySetResult();
            return new Timer(timer, _isOver);
        }

        private sealed class Timer(ITimer inner, TaskCompletionSource isOver) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose()
            {
                isOver.TrySetResult();
                inner.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }

    /// <summary>Runs something at each line.</summary>
    private sealed class Reacting : SoleLogger
    {
        public Action? OnLine { get; set; }

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            OnLine?.Invoke();
    }
}
