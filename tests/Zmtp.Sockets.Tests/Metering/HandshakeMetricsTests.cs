using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using static Zmtp.Sockets.Tests.Support.KeptMeasurements;

namespace Zmtp.Sockets.Tests.Metering;

/// <summary>Each handshake is timed once at each end, with its outcome in a word.</summary>
public sealed class HandshakeMetricsTests : IDisposable
{
    private const string Handshakes = "zmtp.handshake.duration";

    private readonly KeptMeasurements _kept = new();

    public void Dispose() => _kept.Dispose();

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "PLAIN")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    public async Task HANDSHAKE_Succeeds_IsTimedAtEachEnd(string transport, string mechanism)
    {
        await using var context = Join.NewContext(new ZmtpContextOptions { MeterFactory = _kept });
        var (server, client) = Join.Roles(mechanism, Sut.Quick);
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        var (pulls, pushes) = (new EventLog(pull), new EventLog(push));

        await Join.ToAsync(pull, push, transport);

        await pulls.NextAsync(SocketEventKind.HandshakeSucceeded);
        await pushes.NextAsync(SocketEventKind.HandshakeSucceeded);
        Assert.Equal(
            [Tags("PUSH", "connector", transport, mechanism), Tags("PULL", "listener", transport, mechanism)],
            _kept.TagsOf(Handshakes));
        Assert.All(_kept.Of(Handshakes), static one => Assert.InRange(one.Value, 1e-7, TestTimeout.Default.TotalSeconds));
    }

    /// <summary>Over inproc there is none.</summary>
    [Fact]
    public async Task INPROC_PeersMeet_NoHandshakeIsTimed()
    {
        await using var context = NewContext();
        await using (var pull = new PullSocket(context, Sut.Quick))
        await using (var push = new PushSocket(context, Sut.Quick))
        {
            await Join.ToAsync(pull, push, "inproc");
        }

        Assert.Empty(_kept.Of(Handshakes));
        Assert.Empty(_kept.Of("zmtp.connection.duration"));
    }

    [Fact]
    public async Task HANDSHAKE_PeerStaysSilent_TimeByTheContextsClock()
    {
        var time = new FakeTimeProvider();
        await using var context = NewContext(time);
        await using var pull = new PullSocket(context, Sut.Quick with { HandshakeTimeout = TimeSpan.FromSeconds(7) });
        var events = new EventLog(pull);
        await using var silent = await RawPeer.ConnectAsync(await pull.BindAsync("tcp://127.0.0.1:*"));
        await silent.ReadAsync(10);

        time.Advance(TimeSpan.FromSeconds(7));

        await events.NextAsync(SocketEventKind.HandshakeFailed);
        var (seconds, tags) = Assert.Single(_kept.Of(Handshakes));
        Assert.Equal(7, seconds, precision: 6);
        Assert.Equal(Tags("PULL", "listener", error: "handshake_timeout"), tags);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "not_zmtp")]
    [InlineData("", "closed_during_handshake")]
    public async Task HANDSHAKE_StrangerComes_IsTimedWithTheReason(string says, string reason)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        await using (var stranger = await RawPeer.ConnectAsync(await pull.BindAsync("tcp://127.0.0.1:*")))
        {
            await stranger.ReadAsync(10);
            await stranger.SendAsync(System.Text.Encoding.ASCII.GetBytes(says));
        }

        await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal([Tags("PULL", "listener", error: reason)], _kept.TagsOf(Handshakes));
    }

    [Theory]
    [InlineData(AuthenticationStatus.Denied, "denied", "denied")]
    [InlineData(AuthenticationStatus.InternalError, "internal_error", "internal_error")]
    [InlineData(AuthenticationStatus.TemporaryError, "temporary_error", "closed_during_handshake")]
    public async Task HANDSHAKE_Refused_EachEndSaysWhatItKnows(AuthenticationStatus status, string listener, string connector)
    {
        await using var context = NewContext();
        context.Use(new FixedVerdict(status switch
        {
            AuthenticationStatus.Denied => AuthenticationResult.Denied("no"),
            AuthenticationStatus.InternalError => AuthenticationResult.InternalError("no"),
            _ => AuthenticationResult.TemporaryError("no"),
        }));
        await using var pull = new PullSocket(context, Sut.Quick with { Security = PlainSecurity.Server() });
        await using var push = new PushSocket(
            context, Sut.Quick with { Security = PlainSecurity.Client("ann", Searched.Password("a word")), ReconnectInterval = Timeout.InfiniteTimeSpan });
        var (pulls, pushes) = (new EventLog(pull), new EventLog(push));

        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));

        await pulls.NextAsync(SocketEventKind.HandshakeFailed);
        await pushes.NextAsync(SocketEventKind.ConnectStopped);
        Assert.Equal(
            new HashSet<string> { Tags("PUSH", "connector", "tcp", "PLAIN", connector), Tags("PULL", "listener", "tcp", "PLAIN", listener) },
            _kept.TagsOf(Handshakes).ToHashSet());
        Assert.Equal(2, _kept.Of(Handshakes).Count);
    }

    /// <summary>The pattern has the last word: it is one handshake, and it has failed.</summary>
    [Fact]
    public async Task HANDSHAKE_PatternRefusesThePeer_IsTimedOnceAsFailed()
    {
        await using var context = NewContext();
        await using var bound = new PairSocket(context, Sut.Quick);
        var endpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        await using var first = new PairSocket(context, Sut.Quick);
        first.Connect(endpoint);
        await first.WaitForPeerAsync(TestTimeout.Default);
        var events = new EventLog(bound);
        await using var second = await RawPeer.ConnectAsync(endpoint);

        await second.Handshake31Async("PAIR");

        await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(
            [Tags("PAIR", "listener", error: "place_taken"), Tags("PAIR", "listener")],
            _kept.TagsOf(Handshakes).Where(static tags => tags.Contains("listener", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HANDSHAKE_CrowdedOut_IsTimedAsSuch()
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick with { MaxPendingHandshakes = 1 });
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        await using var oldest = await RawPeer.ConnectAsync(endpoint);
        await oldest.ReadAsync(10);

        await using var newest = await RawPeer.ConnectAsync(endpoint);

        await events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal([Tags("PULL", "listener", error: "crowded_out")], _kept.TagsOf(Handshakes));
    }

    /// <summary>What is cut short because a socket closes is nobody's failure.</summary>
    [Fact]
    public async Task HANDSHAKE_SocketCloses_IsNotTimed()
    {
        await using var context = NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        await using var silent = await RawPeer.ConnectAsync(await pull.BindAsync("tcp://127.0.0.1:*"));
        await silent.ReadAsync(10);

        await pull.DisposeAsync().WithinAsync();

        Assert.Empty(_kept.Of(Handshakes));
    }

    private ZmtpContext NewContext(TimeProvider? time = null) =>
        Searched.NewContext(new ZmtpContextOptions { MeterFactory = _kept, Time = time ?? TimeProvider.System });
}
