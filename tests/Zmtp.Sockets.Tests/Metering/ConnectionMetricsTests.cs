using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;
using static Zmtp.Sockets.Tests.Support.KeptMeasurements;

namespace Zmtp.Sockets.Tests.Metering;

/// <summary>Connections that have ended, and those that did not come about.</summary>
public sealed class ConnectionMetricsTests : IDisposable
{
    private const string Connections = "zmtp.connection.duration";
    private const string ConnectFailures = "zmtp.connect.failures";
    private const string AcceptFailures = "zmtp.accept.failures";

    private readonly KeptMeasurements _kept = new();

    public void Dispose() => _kept.Dispose();

    [Fact]
    public async Task CONNECTION_Ends_ItsLifeIsTimedAtEachEndByTheContextsClock()
    {
        var time = new FakeTimeProvider();
        await using var context = NewContext(time: time);
        await using var bound = new DealerSocket(context, Sut.Quick);
        var connecting = new DealerSocket(context, Sut.Quick);
        var events = new EventLog(bound);
        await Join.ToAsync(bound, connecting);

        // Both ends have looked at the clock when they have received something.
        await Pairing.ExchangeAsync(bound, connecting);
        time.Advance(TimeSpan.FromSeconds(90));
        await connecting.DisposeAsync().WithinAsync();
        await events.NextAsync(SocketEventKind.Disconnected);

        Assert.Equal([Tags("DEALER", "listener", error: "closed_by_peer"), Tags("DEALER", "connector")], _kept.TagsOf(Connections));
        Assert.All(_kept.Of(Connections), static one => Assert.Equal(90, one.Value, precision: 6));
    }

    [Theory]
    [InlineData("reset", "connection_reset")]
    [InlineData("rule", "malformed_frame")]
    public async Task CONNECTION_IsLost_TheReasonIsSaid(string how, string reason)
    {
        await using var context = NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        await using var peer = await RawPeer.ConnectAsync(await pull.BindAsync("tcp://127.0.0.1:*"));
        await peer.Handshake31Async("PUSH");
        await peer.ExpectOpenAsync();

        if (how == "reset") peer.Reset();
        else await peer.SendAsync("FF 00");

        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal([Tags("PULL", "listener", error: reason)], _kept.TagsOf(Connections));
    }

    [Fact]
    public async Task CONNECTION_PeerHangsUpRightAfterTheHandshake_IsTurnedAway()
    {
        await using var context = NewContext(time: new FakeTimeProvider());
        await using var push = new PushSocket(context, Sut.Quick);
        var events = new EventLog(push);
        await using var listener = RawListener.Open();
        push.Connect(listener.Endpoint);
        await using (var peer = await listener.AcceptAsync())
        {
            await peer.Handshake31Async("PULL");
            peer.ShutdownSend();
        }

        await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal([Tags("PUSH", "connector", error: "turned_away")], _kept.TagsOf(Connections));
    }

    [Theory]
    [InlineData("tcp", "connection_refused")]
    [InlineData("ipc", "address_not_available")]
    public async Task CONNECT_NobodyListens_EachAttemptIsCounted(string transport, string reason)
    {
        // Longer than all else that goes by the clock.
        var pause = TimeSpan.FromHours(1);
        var time = new PausesTold(pause);
        await using var context = NewContext(time: time);
        await using var push = new PushSocket(context, Sut.Quick with { ReconnectInterval = pause, ReconnectIntervalMax = pause });

        push.Connect(await UnboundAsync(context, transport));
        for (var i = 0; i < 2; i++) time.Advance(await time.NextAsync());
        await time.NextAsync();

        Assert.Equal(Enumerable.Repeat((1d, Tags("PUSH", "connector", transport, error: reason)), 3), _kept.Of(ConnectFailures));
    }

    [Fact]
    public async Task ACCEPT_MemoryRunsOut_IsCounted()
    {
        var accepted = 0;
        await using var context = NewContext(
            new WrappingTransport(inner => ++accepted == 1 ? throw new InsufficientMemoryException() : inner, listening: true));
        await using var pull = new PullSocket(context, Sut.Quick);
        var events = new EventLog(pull);
        var endpoint = await pull.BindAsync("mem://*");

        await using var peer = await InMemoryTransport.Instance.ConnectAsync(
            ZmtpEndpoint.Parse(endpoint), TransportOptions.Default, TestTimeout.Token);

        await events.NextAsync(SocketEventKind.AcceptFailed);
        Assert.Equal([(1, Tags("PULL", "listener", "mem", error: "out_of_memory"))], _kept.Of(AcceptFailures));
        Assert.Empty(_kept.Of(ConnectFailures));
    }

    /// <summary>As a log that throws: it changes nothing.</summary>
    [Fact]
    public async Task LISTENER_Throws_ConnectionsComeAndGoAsAlways()
    {
        _kept.Fault = new InsufficientMemoryException();
        await using var context = NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        var endpoint = await UnboundAsync(context, "tcp");
        var events = new EventLog(push);
        push.Connect(endpoint);
        await events.NextAsync(SocketEventKind.ConnectRetried);
        await using var pull = new PullSocket(context, Sut.Quick);
        await pull.BindAsync(endpoint);

        await push.SendAsync("hello", TestTimeout.Token);

        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "hello");
        Assert.DoesNotContain(events.Rest(), static one => one.Kind is SocketEventKind.HandshakeFailed or SocketEventKind.Disconnected);
        await pull.DisposeAsync().WithinAsync();
        await events.NextAsync(SocketEventKind.Disconnected);
    }

    private ZmtpContext NewContext(ITransport? transport = null, TimeProvider? time = null)
    {
        var options = new ZmtpContextOptions { MeterFactory = _kept, Time = time ?? TimeProvider.System };
        return Searched.NewContext(transport is null ? options : options with { Transports = [transport] });
    }

    private static async Task<string> UnboundAsync(ZmtpContext context, string transport)
    {
        await using var gone = new PullSocket(context, Sut.Quick);
        return await gone.BindAsync(Join.Fresh(transport));
    }
}
