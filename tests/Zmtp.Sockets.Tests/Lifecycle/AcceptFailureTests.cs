using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>One peer cannot be accepted: nothing is left of it, and the next one is.</summary>
public class AcceptFailureTests
{
    [Fact]
    public async Task Bind_MemoryRunsOutWhereItAccepts_IsToldAndTheNextPeerIsAccepted()
    {
        var log = new LogRecords();
        var accepted = 0;
        await using var context = NewContext(inner => ++accepted == 1 ? throw new InsufficientMemoryException() : inner, log);
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var first = await ConnectAsync(endpoint);

        var failed = await events.NextAsync(SocketEventKind.AcceptFailed);

        Assert.Equal((FaultOrigin.Local, true), (failed.Error!.Origin, failed.Error.MayRetry));
        Assert.IsType<InsufficientMemoryException>(failed.Error.InnerException);
        await ExpectServedAsync(pull, endpoint);
        Assert.Equal(3704, Assert.Single(log.Warnings).Id.Id);
    }

    /// <summary>What tells of it and what waits may be in want of memory, too.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Bind_MemoryRunsOutAndThereIsNoneToTellItOrToPause_TheNextPeerIsAccepted(bool cannotTell, bool cannotPause)
    {
        var isScarce = new Scarcity();
        using var log = new ScarceLog(isScarce);
        var accepted = 0;
        await using var context = Searched.NewContext(new ZmtpContextOptions
        {
            Transports = [new WrappingTransport(
                inner =>
                {
                    if (++accepted > 1) return inner;
                    isScarce.IsOn = true;
                    throw new InsufficientMemoryException();
                },
                listening: true)],
            LoggerFactory = cannotTell ? log : new LogRecords(),
            Time = cannotPause ? new ScarceTime(isScarce) : TimeProvider.System,
        });
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var first = await ConnectAsync(endpoint);

        await ExpectServedAsync(pull, endpoint);
        Assert.True(isScarce.IsOn);
    }

    /// <summary>The engine has not seen it yet, so that nobody else will dispose of it.</summary>
    [Theory]
    [InlineData(typeof(InvalidOperationException), 3708)]
    [InlineData(typeof(ObjectDisposedException), 3708)]
    [InlineData(typeof(InsufficientMemoryException), 3704)]
    public async Task Bind_AcceptedConnectionCannotSayWhoItIs_IsDisposedOfAndTheNextPeerIsAccepted(Type what, int line)
    {
        var log = new LogRecords();
        Nameless? nameless = null;
        await using var context = NewContext(inner => nameless is null ? nameless = new Nameless(inner, what) : inner, log);
        await using var pull = new PullSocket(context, Sut.Quick);
        var endpoint = await pull.BindAsync("mem://*");
        await using var first = await ConnectAsync(endpoint);

        await log.NextAsync(line);

        await ExpectServedAsync(pull, endpoint);
        Assert.Equal(1, nameless!.Ends);
        Assert.Equal(line, Assert.Single(log.Warnings).Id.Id);
    }

    /// <summary>The newest has its place by then: its handshake has to begin, and to end with the socket.</summary>
    [Fact]
    public async Task Bind_OldestHandshakeCannotBeAborted_TheNewestPeerIsServedAllTheSame()
    {
        var log = new LogRecords();
        var accepted = 0;
        var context = NewContext(inner => ++accepted == 1 ? new CannotBeAborted(inner) : inner, log);
        var pull = new PullSocket(context, Sut.Quick with { MaxPendingHandshakes = 1 });
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");
        await using var silent = await ConnectAsync(endpoint);
        await events.NextAsync(SocketEventKind.Accepted);

        await ExpectServedAsync(pull, endpoint);

        await log.NextAsync(3708);
        await log.NextAsync(3702);
        await pull.DisposeAsync().WithinAsync();
        await context.DisposeAsync().WithinAsync();
    }

    /// <summary>A context that accepts what this makes of a connection.</summary>
    private static ZmtpContext NewContext(Func<TransportConnection, TransportConnection> wrap, LogRecords log) =>
        Searched.NewContext(new ZmtpContextOptions { Transports = [new WrappingTransport(wrap, listening: true)], LoggerFactory = log });

    private static async Task<TransportConnection> ConnectAsync(string endpoint) => await InMemoryTransport.Instance.ConnectAsync(
        ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);

    private static async Task ExpectServedAsync(PullSocket pull, string endpoint)
    {
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var push = new PushSocket(context, Sut.Quick);
        push.Connect(endpoint);
        await push.SendAsync("hello", TestTimeout.Token);
        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "hello");
    }

    private sealed class Nameless(TransportConnection inner, Type what) : WrappedConnection(inner)
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public override string RemoteEndpoint => throw (Exception)Activator.CreateInstance(what, "A defect of the transport.")!;

        public override ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _ends);
            return base.DisposeAsync();
        }
    }

    private sealed class CannotBeAborted(TransportConnection inner) : WrappedConnection(inner)
    {
        public override void Abort() => throw new InvalidOperationException("A defect of the transport.");
    }
}
