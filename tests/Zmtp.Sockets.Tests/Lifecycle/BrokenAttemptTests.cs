using Xunit;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>What goes on between attempts to connect fails: another attempt follows.</summary>
public sealed class BrokenAttemptTests
{
    [Fact]
    public async Task CONNECT_ClockThrowsWhereThePauseBegins_IsToldAndAnotherAttemptFollows()
    {
        using var log = new LogRecords();
        var clock = new BrokenClock();
        var transport = new Failing(static () => new ZmtpException("Nobody is there.", FaultOrigin.Network, mayRetry: true));
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [transport], LoggerFactory = log, Time = clock });
        await using var push = new PushSocket(context, Sut.Quick);
        clock.FailOnce();

        push.Connect("mem://nobody");

        await transport.Second.WithinAsync();
        Assert.Single(log.All, static line => line.Id.Id == 3708);
    }

    [Fact]
    public async Task CONNECT_TransportThrowsWhatItShouldNotAndThereIsNoMemoryToTellIt_AnotherAttemptFollows()
    {
        using var log = new ScarceLog(new Scarcity { IsOn = true });
        var transport = new Failing(static () => new InvalidOperationException("A defect of the transport."));
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [transport], LoggerFactory = log });
        await using var push = new PushSocket(context, Sut.Quick);

        push.Connect("mem://nobody");

        await transport.Second.WithinAsync();
    }

    private sealed class Failing(Func<Exception> why) : ITransport
    {
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _attempts;

        /// <summary>Completes at the second attempt.</summary>
        public Task Second => _second.Task;

        public string Scheme => InMemoryTransport.Instance.Scheme;

        public ValueTask<TransportListener> ListenAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _attempts) == 2) _second.TrySetResult();
            throw why();
        }
    }
}
