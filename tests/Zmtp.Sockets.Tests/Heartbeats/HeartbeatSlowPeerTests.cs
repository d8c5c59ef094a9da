using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Heartbeats;

/// <summary>A PING waits behind what the peer has not taken yet: that it has not answered says nothing until it could.</summary>
public class HeartbeatSlowPeerTests
{
    private const int Step = 64 * 1024;

    // Long enough for the message to take many times what a peer may stay silent for.
    private const int Body = 128 * Step;

    // So that little is on its way between the ends: what the systems hold is neither ours to send nor the peer's to answer.
    private const int SystemBuffer = 16 * 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Spec("ZMTP31-52")]
    public async Task PING_BehindALongMessageThatIsReadSlowly_PeerIsNotTakenForDead(bool usesRuntimeEvents)
    {
        await using var sut = NewSut(usesRuntimeEvents);
        var raw = await PeerAsync(sut);
        await sut.Socket.SendAsync(new byte[Body]);
        await raw.ReadAsync(9);
        for (var read = 0; read < Body; read += Step)
        {
            Assert.All(await raw.ReadAsync(Step), static octet => Assert.Equal(0, octet));
            _time.Advance(Second / 2);
        }

        await raw.SendAsync(Octets.PingLol);
        var pings = 0;
        for (var frame = await raw.ReadFrameAsync(); frame.CommandName != "PONG"; frame = await raw.ReadFrameAsync())
        {
            Assert.Equal("PING", frame.CommandName);
            await raw.SendAsync(Octets.Pong);
            pings++;
        }

        Assert.InRange(pings, 1, 3);
        Assert.DoesNotContain(sut.Events.Rest(), static happened => happened.Kind == SocketEventKind.Disconnected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Spec("ZMTP31-52")]
    public async Task PING_BehindALongMessageThatIsReadNoFurther_PeerIsFoundDead(bool usesRuntimeEvents)
    {
        await using var sut = NewSut(usesRuntimeEvents);
        var raw = await PeerAsync(sut);
        await sut.Socket.SendAsync(new byte[Body]);
        await raw.ReadAsync(9 + Step);
        var gone = sut.Events.NextAsync(SocketEventKind.Disconnected);

        // What the systems still take is a sign of life, however little it is.
        for (var limit = TestTimeout.Token; !gone.IsCompleted; await Task.Yield())
        {
            limit.ThrowIfCancellationRequested();
            _time.Advance(Second / 2);
        }

        Assert.Equal(ProtocolError.HeartbeatTimeout, Assert.IsType<ZmtpProtocolException>((await gone).Error).Error);
    }

    private Sut<PushSocket> NewSut(bool usesRuntimeEvents) => Sut.Create(
        context => new PushSocket(context, Sut.Quick with
        {
            HeartbeatInterval = Second,
            HeartbeatTimeout = Second,
            Transport = TransportOptions.Default with { SendBufferSize = SystemBuffer, UsesRuntimeEvents = usesRuntimeEvents },
        }),
        _time);

    private static async Task<RawPeer> PeerAsync(Sut<PushSocket> sut)
    {
        await sut.BindAsync();
        var raw = await sut.RawConnectsAsync();
        raw.LimitReceiveBuffer(SystemBuffer);
        await raw.Handshake31Async("PULL");
        await raw.ExpectOpenAsync();
        return raw;
    }
}
