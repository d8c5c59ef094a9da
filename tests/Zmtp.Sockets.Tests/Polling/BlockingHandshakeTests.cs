using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Diagnostics;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>A call that blocks for a message shakes hands on its own thread while it waits.</summary>
/// <remarks>Alone: one of them floods the machine, which would take the time of others' handshakes.</remarks>
[Collection(AloneCollection.Name)]
public class BlockingHandshakeTests
{
    /// <summary>Whether the handshake is still under way when the call blocks is the scheduler's choice; not every time.</summary>
    private const int Attempts = 50;

    /// <summary>Elsewhere, and with the runtime's switch, the runtime waits for sockets.</summary>
    [PollerFact]
    public async Task RECEIVE_HandshakeIsUnderWay_IsFinishedByTheThreadThatWaits()
    {
        await using var listener = RawListener.Open();
        using var log = new ThreadLog();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        for (var i = 0; i < Attempts && log.OnReceivingThread == 0; i++) await ReceiveOnceAsync(context, listener);
        Assert.True(log.OnReceivingThread > 0, $"In none of {Attempts} attempts did the thread that waits shake hands.");
    }

    [Fact]
    public async Task RECEIVE_AuthenticatorIsAskedMeanwhile_NeverOnTheThreadThatWaits()
    {
        await using var listener = RawListener.Open();
        await using var context = Searched.NewContext();
        var asked = 0;
        context.Use(new FunctionAuthenticator(_ =>
        {
            Assert.False(ThreadLog.IsReceiving, "The application's receiving thread ran its authenticator.");
            Interlocked.Increment(ref asked);
            return Task.FromResult(AuthenticationResult.Success(""));
        }));
        var options = Sut.Quick with { ZapDomain = "global" };
        for (var i = 0; i < Attempts; i++) await ReceiveOnceAsync(context, listener, options);
        Assert.Equal(Attempts, asked);
    }

    [Fact]
    public async Task RECEIVE_PeerIsFastFromTheStart_TheTimeIsKept()
    {
        await using var listener = RawListener.Open();
        await using var context = Searched.NewContext();
        for (var i = 0; i < 5; i++)
        {
            await using var sub = new SubSocket(context, Sut.Quick);
            sub.Subscribe("nobody says this");
            var receiving = Blocking.RunAsync(() =>
            {
                sub.Connect(listener.Endpoint);
                var start = Stopwatch.GetTimestamp();
                Assert.False(sub.TryReceive(TimeSpan.FromMilliseconds(100), out _));
                var taken = Stopwatch.GetElapsedTime(start);

                // Who does not keep it reads for as long as the peer sends.
                Assert.True(taken < TestTimeout.Default / 2, $"It took {taken}.");
            });
            await using var raw = await listener.AcceptAsync();
            await raw.SendAsync(Octets.Greeting31(), Octets.Ready("PUB"));
            using var stop = new CancellationTokenSource();
            var flooding = FloodAsync(raw, stop.Token);
            await receiving.WithinAsync();
            await stop.CancelAsync();
            await flooding.WithinAsync();
        }
    }

    [Fact]
    public async Task RECEIVE_PeerTricklesItsHandshake_TheTimeIsKept()
    {
        await using var listener = RawListener.Open();
        await using var context = Searched.NewContext();
        await using var sub = new SubSocket(context, Sut.Quick);
        var times = new List<TimeSpan>();
        var receiving = Blocking.RunAsync(() =>
        {
            sub.Connect(listener.Endpoint);
            for (var i = 0; i < 10; i++)
            {
                var start = Stopwatch.GetTimestamp();
                Assert.False(sub.TryReceive(TimeSpan.FromMilliseconds(30), out _));
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        });
        await using var raw = await listener.AcceptAsync();
        foreach (var octet in Octets.Join(Octets.Greeting31(), Octets.Ready("PUB"))) await raw.SendAsync([octet]);
        await receiving.WithinAsync();
        await sub.WaitForPeerAsync(TestTimeout.Default);

        // A busy machine may hold up some of them, but not most.
        times.Sort();
        Assert.True(times[times.Count / 2] < TimeSpan.FromSeconds(1), $"They took {string.Join(", ", times)}.");
    }

    [Fact]
    public async Task RECEIVE_ConnectedWithoutFlowOfContext_NothingOfTheReceivingThreadStaysWithTheConnection()
    {
        await using var listener = RawListener.Open();
        using var log = new ThreadLog();
        await using var context = Searched.NewContext(new ZmtpContextOptions { LoggerFactory = log });
        for (var i = 0; i < Attempts; i++) await ReceiveOnceAsync(context, listener, isFlowSuppressed: true);
        Assert.Equal(0, log.WithLocal);
    }

    [Fact]
    public async Task PAIR_ASecondConnectionIsRefused_ItIsNotLookedAtAnyMore()
    {
        await using var sut = Sut.Create(context => new PairSocket(context, Sut.Quick));
        await sut.PeerListensAsync("PAIR");
        var listener = sut.Listens();
        var second = await listener.AcceptAsync();
        await second.Handshake31Async("PAIR");
        await second.ReadToCloseAsync();
        await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        await sut.Socket.DisconnectAsync(listener.Endpoint);
        Assert.Single(Sources(sut.Socket.Receiver).Snapshot);
    }

    private static async Task ReceiveOnceAsync(ZmtpContext context, RawListener listener, SocketOptions? options = null, bool isFlowSuppressed = false)
    {
        await using var dealer = new DealerSocket(context, options ?? Sut.Quick);
        var receiving = Blocking.RunAsync(() =>
        {
            ThreadLog.IsReceiving = true;
            ThreadLog.Local.Value = null;
            using (isFlowSuppressed ? ExecutionContext.SuppressFlow() : default) dealer.Connect(listener.Endpoint);
            ThreadLog.Local.Value = "the receiving thread's";
            using var message = dealer.Receive(TestTimeout.Default);
            Assert.Equal("x", message.AsString());
        });
        await using var raw = await listener.AcceptAsync();
        await raw.Handshake31Async("ROUTER");
        await raw.SendAsync(Octets.Frame("x"));
        await receiving.WithinAsync();
    }

    // The smallest frames: the reader has the most to do for each octet, so that it never comes to an end.
    private static async Task FloodAsync(RawPeer raw, CancellationToken stop)
    {
        var frames = Octets.Join([.. Enumerable.Repeat(Octets.Frame("x"), 100_000)]);
        while (!stop.IsCancellationRequested) await raw.SendAsync(frames);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);

    /// <summary>Counts the handshakes that succeed on threads that have said that they receive.</summary>
    private sealed class ThreadLog : SoleLogger
    {
        [ThreadStatic]
        private static bool _isReceiving;

        private int _onReceivingThread;
        private int _withLocal;

        public static bool IsReceiving
        {
            get => _isReceiving;
            set => _isReceiving = value;
        }

        public static AsyncLocal<string?> Local { get; } = new();

        /// <summary>Records that were written while a local value of a receiving thread was to be seen.</summary>
        public int WithLocal => Volatile.Read(ref _withLocal);

        public int OnReceivingThread => Volatile.Read(ref _onReceivingThread);

        public override void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var isSuccess = formatter(state, exception).Contains(nameof(SocketEventKind.HandshakeSucceeded), StringComparison.Ordinal);
            if (Local.Value is not null) Interlocked.Increment(ref _withLocal);
            if (IsReceiving && isSuccess) Interlocked.Increment(ref _onReceivingThread);
        }
    }
}
