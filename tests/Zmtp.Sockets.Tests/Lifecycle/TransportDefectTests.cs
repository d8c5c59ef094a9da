using System.IO.Pipelines;
using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A transport of the application's with a defect: once it throws what it should not.</summary>
public class TransportDefectTests
{
    /// <summary>The last two are how a listener ends that was told to. This one was not.</summary>
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(ObjectDisposedException))]
    public async Task Bind_ListenerThrowsWhatItShouldNot_TheNextPeerIsAccepted(Type what)
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(what, listening: true)], LoggerFactory = log });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        push.Connect(await pull.BindAsync("mem://*"));

        await push.SendAsync("hello"u8.ToArray());
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
        ExpectTold(log, "PULL");
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(ObjectDisposedException))]
    public async Task Connect_TransportThrowsWhatItShouldNot_TheNextAttemptIsMade(Type what)
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(what, listening: false)], LoggerFactory = log });
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));

        await push.SendAsync("hello"u8.ToArray());
        using var message = await pull.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("hello", message.AsString());
        ExpectTold(log, "PUSH");
    }

    [Fact]
    public async Task Connect_MemoryRunsOut_IsToldAndTheNextAttemptIsMade()
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(typeof(InsufficientMemoryException), listening: false)], LoggerFactory = log });
        await using var router = new RouterSocket(context);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        var events = new EventLog(dealer);
        dealer.Connect(await router.BindAsync("mem://*"));

        var peer = await dealer.WaitForPeerAsync(TestTimeout.Default);

        Assert.Equal(SocketType.Router, peer.SocketType);
        var failed = await events.NextAsync(SocketEventKind.ConnectRetried);
        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType<InsufficientMemoryException>(failed.Error.InnerException);
        Assert.Equal(3704, Assert.Single(log.Warnings).Id.Id);
    }

    [Fact]
    public async Task Connect_MemoryRunsOutAndNoOtherAttemptIsWanted_WhoWaitsForAPeerIsTold()
    {
        await using var context = Searched.NewContext(
            new ZmtpContextOptions { Transports = [new FailsOnce(typeof(InsufficientMemoryException), listening: false)] });
        await using var push = new PushSocket(context, Sut.Quick with { ReconnectInterval = Timeout.InfiniteTimeSpan });
        var events = new EventLog(push);
        push.Connect("mem://nobody");

        var error = await Assert.ThrowsAsync<ZmtpException>(() => push.WaitForPeerAsync(TestTimeout.Default));

        Assert.IsType<InsufficientMemoryException>(error.InnerException);
        Assert.Same(error, (await events.NextAsync(SocketEventKind.ConnectStopped)).Error);
    }

    [Fact]
    public async Task Connect_MemoryRunsOutInAHandshake_ItHasFailedAndIsTriedAgain()
    {
        var connections = 0;
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Transports = [new WrappingTransport(
                inner => ++connections == 1 ? new CannotBeRead(inner, static () => new InsufficientMemoryException()) : inner, listening: false)],
        });
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        push.Connect(await pull.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);

        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType<InsufficientMemoryException>(failed.Error.InnerException);
        await events.NextAsync(SocketEventKind.HandshakeSucceeded);
    }

    /// <summary>What tells of it and what waits may be in want of memory, too.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Connect_MemoryRunsOutAndThereIsNoneToTellItOrToPause_TheNextAttemptIsMade(bool cannotTell, bool cannotPause)
    {
        var isScarce = new Scarcity { IsOn = true };
        using var log = new ScarceLog(isScarce);
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Transports = [new FailsOnce(typeof(InsufficientMemoryException), listening: false)],
            LoggerFactory = cannotTell ? log : new LogRecords(),
            Time = cannotPause ? new ScarceTime(isScarce) : TimeProvider.System,
        });
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var pull = new PullSocket(others, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(await pull.BindAsync("mem://*"));

        // Not of the socket itself, whose clock has no memory for that either.
        await pull.WaitForPeerAsync(TestTimeout.Default);
    }

    [Fact]
    public async Task Bind_MemoryRunsOutInAHandshake_IsToldAndTheSocketClosesAllTheSame()
    {
        var context = NewContext(static inner => new CannotBeRead(inner, static () => new InsufficientMemoryException()));
        var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var peer = await ConnectAsync(await pull.BindAsync("mem://*"));
        await using (peer) await UntilGoneAsync(peer);
        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType<InsufficientMemoryException>(failed.Error.InnerException);

        await pull.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bind_MemoryRunsOutWhereItAccepts_EndsAllTheSameAndSoDoHandshakes(bool unbinds)
    {
        var log = new LogRecords();
        var hasRunOut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepted = 0;
        await using var context = NewContext(
            inner =>
            {
                if (++accepted == 1) return inner;
                hasRunOut.SetResult();
                throw new InsufficientMemoryException();
            },
            log);
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var silent = await ConnectAsync(endpoint);
        await using var second = await ConnectAsync(endpoint);
        await hasRunOut.Task.WithinAsync();

        await (unbinds ? pull.UnbindAsync(endpoint).AsTask() : pull.DisposeAsync().AsTask()).WithinAsync();

        await UntilGoneAsync(silent);
        Assert.Single(log.All, static line => line.Id.Id == 3704);
    }

    /// <summary>Nobody has given up: the peer must not disappear without a word.</summary>
    [Fact]
    public async Task Bind_ReadOfAConnectionSaysThatItWasCancelled_TheHandshakeHasFailed()
    {
        await using var context = NewContext(static inner => new CannotBeRead(inner, static () => new OperationCanceledException()));
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        await using var peer = await ConnectAsync(await pull.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);

        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType<OperationCanceledException>(failed.Error.InnerException);
        await UntilGoneAsync(peer);
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(NullReferenceException), false)]
    [InlineData(typeof(InvalidOperationException), true)]
    public async Task Bind_ReadOfAConnectionThrowsWhatItShouldNot_TheHandshakeHasFailed(Type what, bool forgetsItsPeer)
    {
        var log = new LogRecords();
        await using var context = NewContext(inner => new CannotBeRead(inner, () => Defect(what)) { ForgetsItsPeer = forgetsItsPeer }, log);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        await using var peer = await ConnectAsync(await pull.BindAsync("mem://*"));

        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed);

        await ExpectDefectAsync(failed, what, pull);
        Assert.NotEmpty(failed.RemoteEndpoint!);
        await UntilGoneAsync(peer);
        ExpectTold(log, "PULL");
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(NullReferenceException), false)]
    [InlineData(typeof(OperationCanceledException), false)]
    [InlineData(typeof(InvalidOperationException), true)]
    public async Task Connect_ReadOfAConnectionThrowsWhatItShouldNot_TheHandshakeHasFailedAndIsTriedAgain(Type what, bool forgetsItsPeer)
    {
        var log = new LogRecords();
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Transports = [new WrappingTransport(
                inner => new CannotBeRead(inner, () => Defect(what)) { ForgetsItsPeer = forgetsItsPeer }, listening: false)],
            LoggerFactory = log,
        });
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        await using var listener = await InMemoryTransport.Instance.ListenAsync(
            ZmtpEndpoint.Parse("mem://*"), TransportOptions.Default, TestTimeout.Token);
        push.Connect(listener.Endpoint.ToString());
        for (var i = 0; i < 2; i++) await (await listener.AcceptAsync(TestTimeout.Token)).DisposeAsync();

        // There are others, for ever: the time of each is no bound.
        var failed = await events.NextAsync(SocketEventKind.HandshakeFailed).WithinAsync();

        await ExpectDefectAsync(failed, what, push);
        Assert.NotEmpty(failed.RemoteEndpoint!);
        await log.NextAsync(3708, number: 2).WithinAsync();
    }

    /// <summary>A context that accepts what this makes of a connection.</summary>
    private static ZmtpContext NewContext(Func<TransportConnection, TransportConnection> wrap, LogRecords? log = null) =>
        Searched.NewContext(
            new ZmtpContextOptions { Transports = [new WrappingTransport(wrap, listening: true)], LoggerFactory = log ?? new LogRecords() });

    private static async Task<TransportConnection> ConnectAsync(string endpoint) => await InMemoryTransport.Instance.ConnectAsync(
        ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);

    /// <summary>That is also what one is told who waits for a peer.</summary>
    private static async Task ExpectDefectAsync(SocketEvent failed, Type what, ZmtpSocket socket)
    {
        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType(what, failed.Error.InnerException);
        Assert.Contains("A defect of the transport. Fix what threw it.", failed.Error.Message, StringComparison.Ordinal);
        var reason = await Assert.ThrowsAsync<ZmtpException>(() => socket.WaitForPeerAsync(TimeSpan.Zero));
        Assert.Equal(failed.Error.Message, reason.Message);
    }

    private static Exception Defect(Type what) => (Exception)Activator.CreateInstance(what, "A defect of the transport.")!;

    /// <summary>It goes on, so the line must not say that something has ended.</summary>
    private static void ExpectTold(LogRecords log, string socketType)
    {
        var line = Assert.Single(log.All, line => line.Id.Id == 3708);
        Assert.StartsWith($"{socketType} mem://", line.Text, StringComparison.Ordinal);
        Assert.Contains("If a transport of your own threw it, fix that; otherwise please report it.", line.Text, StringComparison.Ordinal);
    }

    private static async Task UntilGoneAsync(TransportConnection peer)
    {
        try
        {
            ReadResult read;
            do
            {
                read = await peer.Input.ReadAsync(TestTimeout.Token);
                peer.Input.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (ZmtpException)
        {
            // Reset, which is as good as closed.
        }
    }

    private sealed class FailsOnce(Type what, bool listening) : ITransport
    {
        private int _attempts;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new Listener(await InMemoryTransport.Instance.ListenAsync(endpoint, options, cancellationToken), listening ? what : null);

        public ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            !listening && Interlocked.Increment(ref _attempts) == 1
                ? throw Defect(what)
                : InMemoryTransport.Instance.ConnectAsync(endpoint, options, cancellationToken);
    }

    private sealed class Listener(TransportListener inner, Type? what) : TransportListener
    {
        private bool _hasFailed;

        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            if (_hasFailed || what is null) return inner.AcceptAsync(cancellationToken);
            _hasFailed = true;
            throw Defect(what);
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class CannotBeRead(TransportConnection inner, Func<Exception> why) : WrappedConnection(inner)
    {
        private bool _hasBeenRead;

        public bool ForgetsItsPeer { get; init; }

        public override string RemoteEndpoint =>
            ForgetsItsPeer && _hasBeenRead ? throw Defect(typeof(ObjectDisposedException)) : base.RemoteEndpoint;

        public override PipeReader Input
        {
            get
            {
                _hasBeenRead = true;
                throw why();
            }
        }
    }
}
