using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Interop.Tests;

/// <summary>High-water marks, libzmq's limit for a message, and heartbeats that only one end sends.</summary>
public sealed class LibZmqLimitTests : DisposedTests
{
    private const int MarkOf = 10;
    private const string Ping = "04 50 49 4E 47 ";
    private static readonly TimeSpan Full = TimeSpan.FromMilliseconds(300);

    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    /// <summary>libzmq counts the frame on the wire: under CURVE that is 33 octets more than the body.</summary>
    [Theory]
    [InlineData(false, 1000)]
    [InlineData(true, 1000 - 33)]
    public async Task LIBZMQ_MaxMessageSize_LetsThroughWhatFitsWithWhatCurveAdds(bool curve, int fits)
    {
        var pull = _contexts.Socket(LibZmqSocketType.Pull, curve).Set(LibZmqOption.MaxMessageSize, 1000L);
        await using var push = new PushSocket(_contexts.Ours, _contexts.Options(curve));
        using var events = new SocketEvents(push);
        await push.ConnectAsync(pull.Bind());

        await push.SendAsync(new byte[fits], TestTimeout.Token);
        Assert.Equal(fits, Assert.Single((await pull.ReceiveAsync()).Frames).Length);
        await push.PeerAsync();
        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);

        await push.SendAsync(new byte[fits + 1], TestTimeout.Token);
        await events.NextAsync(SocketEventKind.Disconnected);
        await push.SendAsync("after", TestTimeout.Token);
        Assert.Equal(["after"], await pull.ReceiveTextAsync());
    }

    [Theory]
    [Spec("ZMTP30-77", "PIPE-12")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PushIntoOurFullPull_WaitsAndLosesNothing(bool curve)
    {
        await using var pull = new PullSocket(_contexts.Ours, _contexts.Options(curve, serve: true) with { ReceiveHighWaterMark = MarkOf });
        var push = _contexts.Socket(LibZmqSocketType.Push, curve, serve: false)
            .Set(LibZmqOption.SendHighWaterMark, MarkOf).Set(LibZmqOption.SendTimeout, (int)Full.TotalMilliseconds);
        push.Connect(await pull.BindAsync("tcp://127.0.0.1:*"));
        await pull.PeerAsync();

        int sent = 0;
        await push.OnThreadAsync(socket =>
        {
            while (sent < Most && socket.TrySend(Body(sent))) sent++;
        });
        Assert.InRange(sent, MarkOf, Most - 1);
        for (int i = 0; i < sent; i++) Assert.Equal(Body(i), await pull.TextAsync());
        await push.SendAsync("last");
        Assert.Equal("last", await pull.TextAsync());
    }

    [Theory]
    [Spec("ZMTP30-77", "PIPE-12")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_OurPushIntoItsFullPull_WaitsAndLosesNothing(bool curve)
    {
        var pull = _contexts.Socket(LibZmqSocketType.Pull, curve).Set(LibZmqOption.ReceiveHighWaterMark, MarkOf);
        await using var push = new PushSocket(_contexts.Ours, _contexts.Options(curve) with { SendHighWaterMark = MarkOf });
        await push.ConnectAsync(pull.Bind());

        int sent = 0;
        await Blocking.RunAsync(() =>
        {
            while (sent < Most && push.TrySend(Full, Body(sent))) sent++;
        });
        Assert.InRange(sent, MarkOf, Most - 1);
        for (int i = 0; i < sent; i++) Assert.Equal([Body(i)], await pull.ReceiveTextAsync());
        await push.SendAsync("last", TestTimeout.Token);
        Assert.Equal(["last"], await pull.ReceiveTextAsync());
    }

    [Since433Fact]
    [Spec("ZMTP31-42", "ZMTP31-44", "ZMTP31-50")]
    public async Task LIBZMQ_HeartbeatsWhereWeConnectUnderPlain_AreAnsweredBothWaysUntilSilence()
    {
        const int enough = 5;
        var timeout = TimeSpan.FromMilliseconds(1500);
        using var handler = LibZmqZapHandler.Answering(_contexts.Theirs, "200");
        var pull = _contexts.Theirs.Socket(LibZmqSocketType.Pull).PlainServer("global")
            .Set(LibZmqOption.HeartbeatInterval, 50).Set(LibZmqOption.HeartbeatTimeout, 1500);
        using var monitor = pull.Monitor();
        await using var relay = Relay.To(pull.Bind());
        await using var push = new PushSocket(_contexts.Ours, new()
        {
            Security = Mechanisms.PlainSecurity.Client("joe", Testing.Searching.Searched.Password("a long password")),
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            HeartbeatTimeout = timeout,
            ReconnectInterval = Timeout.InfiniteTimeSpan,
        });
        using var events = new SocketEvents(push);
        await push.ConnectAsync(relay.Endpoint);
        await push.PeerAsync();

        var late = TestTimeout.Token;
        while (Count(relay.SentByClient(), Ping) < enough || Count(relay.SentByServer(), Ping) < enough
            || Count(relay.SentByClient(), Octets.Pong) < enough || Count(relay.SentByServer(), Octets.Pong) < enough)
        {
            await Task.Delay(10, late);
        }

        Assert.DoesNotContain(events.Drain(), e => e.Kind == SocketEventKind.Disconnected);
        relay.Pause();
        var end = await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
        await monitor.WaitForAsync(LibZmqEvent.Disconnected);
    }

    [Theory]
    [Spec("ZMTP31-54")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LIBZMQ_PeerThatToldItsTtlAndFallsSilent_IsFoundDeadByThatAlone(bool curve)
    {
        await using var pull = new PullSocket(_contexts.Ours, _contexts.Options(curve, serve: true));
        using var events = new SocketEvents(pull);
        await using var relay = Relay.To(await pull.BindAsync("tcp://127.0.0.1:*"));
        var push = _contexts.Socket(LibZmqSocketType.Push, curve, serve: false)
            .Set(LibZmqOption.HeartbeatInterval, 50).Set(LibZmqOption.HeartbeatTtl, 500).Set(LibZmqOption.HeartbeatTimeout, 60_000);
        push.Connect(relay.Endpoint);
        await pull.PeerAsync();
        await push.SendAsync("hello");
        Assert.Equal("hello", await pull.TextAsync());
        int before = relay.SentByServer().Length;
        var late = TestTimeout.Token;
        while (relay.SentByServer().Length == before) await Task.Delay(10, late);

        relay.Pause();

        var end = await events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>(end.Error).Error);
    }

    /// <summary>More than the system's buffers take of bodies of this size.</summary>
    private const int Most = 5000;

    private static string Body(int number) => number.ToString(null, null).PadLeft(10_000, ' ');

    private static int Count(byte[] sent, string hex) => Octets.ToHex(sent).Split(hex).Length - 1;
}
