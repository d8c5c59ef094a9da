using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Something throws in the middle of the end of an endpoint: the connections end all the same, for nobody else could end them.</summary>
public sealed class BrokenClosingTests
{
    // The peer reads nothing and does not hang up, so that it has all of it.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _hasEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    [InlineData(true, true, false)]
    public async Task END_ClockThrowsWhereTheLingerOrTheGoodbyeBegins_ConnectionIsEndedAllTheSame(bool binds, bool closes, bool lingers)
    {
        var clock = new BrokenClock();
        var context = NewContext(binds, clock);
        var push = new PushSocket(context, Sut.Quick with { Linger = lingers ? Linger : TimeSpan.Zero });
        await using var listener = await InMemoryTransport.Instance.ListenAsync(
            ZmtpEndpoint.Parse("mem://*"), TransportOptions.Default, TestTimeout.Token);
        var endpoint = binds ? await push.BindAsync("mem://*") : listener.Endpoint.ToString();
        if (!binds) push.Connect(endpoint);
        await using var peer = binds
            ? await InMemoryTransport.Instance.ConnectAsync(ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token)
            : await listener.AcceptAsync(TestTimeout.Token);
        await peer.Output.WriteAsync(Octets.Join(Octets.Greeting31(), Octets.Ready("PULL")), TestTimeout.Token);
        await push.WaitForPeerAsync(TestTimeout.Default);

        // It reads nothing of that.
        for (var i = 0; i < 10; i++) Assert.True(push.TrySend(new byte[100_000]));
        clock.FailOnce(lingers ? Linger : ZmtpConnection.Goodbye);

        await Assert.ThrowsAsync<InvalidOperationException>(() => (closes ? push.DisposeAsync()
            : binds ? push.UnbindAsync(endpoint) : push.DisconnectAsync(endpoint)).WithinAsync());

        await _hasEnded.Task.WithinAsync();
        await context.DisposeAsync().WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task END_AnInprocEndpointThrows_TheOthersAreEndedAllTheSame(bool binds)
    {
        using var log = new FailingLog();
        var context = NewContext(listening: false, log: log);
        var push = new PushSocket(context, Sut.Quick);
        var pull = new PullSocket(context, Sut.Quick);
        await Join.ToAsync(binds ? push : pull, binds ? pull : push, "inproc");
        await using var others = Searched.NewContext(new ZmtpContextOptions { Transports = [InMemoryTransport.Instance] });
        await using var other = new PullSocket(others, Sut.Quick);
        push.Connect(await other.BindAsync("mem://*"));
        await other.WaitForPeerAsync(TestTimeout.Default);
        log.IsOn = true;

        var closing = push.DisposeAsync().AsTask();

        await _hasEnded.Task.WithinAsync();
        await Assert.ThrowsAsync<InsufficientMemoryException>(() => closing.WithinAsync());
    }

    [Fact]
    public async Task UNBIND_OneOfSeveralInprocPeersCannotBeParted_TheOthersAreAllTheSame()
    {
        using var log = new FailingLog();
        await using var context = NewContext(listening: false, log: log);
        await using var push = new PushSocket(context, Sut.Quick);
        var endpoint = await push.BindAsync("inproc://several");
        await using var first = new PullSocket(context, Sut.Quick);
        await using var second = new PullSocket(context, Sut.Quick);
        first.Connect(endpoint);
        second.Connect(endpoint);
        Assert.Equal(2, push.PeerCount);
        log.IsOn = true;

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => push.UnbindAsync(endpoint).WithinAsync());
        log.IsOn = false;

        Assert.Equal((0, 0), (first.PeerCount, second.PeerCount));
    }

    private ZmtpContext NewContext(bool listening, TimeProvider? time = null, ILoggerFactory? log = null)
    {
        var options = new ZmtpContextOptions
        {
            Transports = [new WrappingTransport(inner => new Connection(inner, _hasEnded), listening)],
            Time = time ?? TimeProvider.System,
        };
        return Searched.NewContext(log is null ? options : options with { LoggerFactory = log });
    }

    private sealed class Connection(TransportConnection inner, TaskCompletionSource hasEnded) : WrappedConnection(inner)
    {
        public override ValueTask DisposeAsync()
        {
            hasEnded.TrySetResult();
            return base.DisposeAsync();
        }
    }

    /// <summary>Has no memory for the end of a connection over inproc.</summary>
    private sealed class FailingLog : SoleLogger
    {
        public volatile bool IsOn;

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsOn || !formatter(state, exception).StartsWith("PUSH Disconnected inproc", StringComparison.Ordinal)) return;
            throw new InsufficientMemoryException();
        }
    }
}
