using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>Requests that are given up at awkward moments.</summary>
public class RequestResetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Req_ResetWhileTheEndWaitsForTheRequestToLeave_NothingIsLeftToWaitFor(bool disconnects)
    {
        await using var context = Join.NewContext();
        await using var listener = RawListener.Reserve();
        await using var req = new ReqSocket(context, new() { Linger = TestTimeout.Default * 2 });
        req.Connect(listener.Endpoint);
        await req.SendAsync("nobody hears");
        var leaving = disconnects ? req.DisconnectAsync(listener.Endpoint).AsTask() : req.DisposeAsync().AsTask();
        Assert.False(leaving.IsCompleted);

        req.Reset();

        await leaving.WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Req_ResetWhileItIsBeingJoinedToItsPeer_TheNextRequestIsAnswered(bool binds)
    {
        using var log = new HoldsUp(SocketEventKind.HandshakeSucceeded);
        await using var context = Join.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        var endpoint = Join.Fresh("inproc");
        if (binds) await req.BindAsync(endpoint);
        else req.Connect(endpoint);
        if (!binds) Assert.True(req.TrySend("given up"));
        var joining = Blocking.RunAsync(() =>
        {
            if (binds) rep.Connect(endpoint);
            else rep.Bind(endpoint);
        });
        await log.IsBlocked.WithinAsync();
        if (binds) Assert.True(req.TrySend("given up"));

        req.Reset();
        var sending = req.SendAsync("asked anew", TestTimeout.Token).AsTask();
        log.MayGoOn.Set();
        await joining.WithinAsync();
        await sending.WithinAsync();

        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "given up");
        await rep.SendAsync("late");
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "asked anew");
        await rep.SendAsync("in time");
        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "in time");
    }

    [Fact]
    public async Task Req_ResetBeforeItsPeerIsThere_TheLineStays()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        var pipe = new Pipe(req, "inproc://x", outlivesConnection: false);
        var isExpelled = false;
        pipe.Expel = _ => isExpelled = true;
        req.OnPipeAdded(pipe);
        Assert.True(req.TrySend("given up"));

        req.Reset();

        Assert.False(isExpelled);
        Assert.Equal(0, pipe.Pending);
        Assert.True(req.TrySend("asked anew"));
    }

    [Fact]
    public async Task Req_PeerComesInTheMiddleOfReset_TheReplyToTheFirstRequestIsNotTakenForThatToTheSecond()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        var asking = new Pipe(req, "inproc://x", outlivesConnection: true);
        var answering = new Pipe(rep, "inproc://x", outlivesConnection: false);
        var isExpelled = false;
        asking.Expel = _ => isExpelled = true;
        asking.Introduce(new ZmtpPeer { SocketType = SocketType.Rep }, 0);
        answering.Introduce(new ZmtpPeer { SocketType = SocketType.Req }, 0);
        req.OnPipeAdded(asking);
        Assert.True(req.TrySend("given up"));
        var thread = new Thread(req.Reset) { IsBackground = true };
        lock (asking.Gate)
        {
            thread.Start();
            Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));
            answering.Attach(asking);
            asking.Attach(answering);
        }

        Assert.True(thread.Join(TestTimeout.Default));
        Assert.True(req.TrySend("asked anew"));
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "given up");
        await rep.SendAsync("late");

        Assert.True(isExpelled);
        Assert.False(req.TryReceive(TimeSpan.Zero, out _));
        Assert.False(rep.TryReceive(TimeSpan.Zero, out _), "The next request went to the peer that is to leave.");
        Assert.Equal(1, asking.Pending);
    }

    [Fact]
    public async Task Req_AnotherThreadIsInTheMiddleOfReset_TheNextRequestIsNotSentOnTheLineThatIsToBeCut()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        var asking = new Pipe(req, "inproc://x", outlivesConnection: true);
        var answering = new Pipe(rep, "inproc://x", outlivesConnection: false);
        asking.Introduce(new ZmtpPeer { SocketType = SocketType.Rep }, 0);
        answering.Introduce(new ZmtpPeer { SocketType = SocketType.Req }, 0);
        answering.Attach(asking);
        asking.Attach(answering);
        req.OnPipeAdded(asking);
        Assert.True(req.TrySend("given up"));
        var thread = new Thread(req.Reset) { IsBackground = true };
        lock (asking.Gate)
        {
            thread.Start();
            Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));

            Assert.False(req.TrySend("asked anew"), "The next request went out on the line that is to be cut.");
        }

        var sending = req.SendAsync("asked anew", TestTimeout.Token).AsTask();
        Assert.True(thread.Join(TestTimeout.Default));
        await sending.WithinAsync();
        Assert.Equal(1, asking.Pending);
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "given up");
        await rep.SendAsync("late");
        Assert.False(rep.TryReceive(TimeSpan.Zero, out _));
        Assert.False(req.TryReceive(TimeSpan.Zero, out _));
    }

    /// <summary>Keeps the first thread that has a certain thing to tell.</summary>
    private sealed class HoldsUp(SocketEventKind kind) : SoleLogger
    {
        private readonly TaskCompletionSource _isBlocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim MayGoOn { get; } = new();

        public Task IsBlocked => _isBlocked.Task;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!formatter(state, exception).Contains($"{kind}", StringComparison.Ordinal) || !_isBlocked.TrySetResult()) return;
            Assert.True(MayGoOn.Wait(TestTimeout.Default));
        }
    }
}
