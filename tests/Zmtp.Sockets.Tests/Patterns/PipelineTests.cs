using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>PUSH and PULL towards scripted peers (RFC 30).</summary>
public class PipelineTests
{
    [Fact]
    [Spec("PIPE-01", "PIPE-09", "PIPE-12")]
    public async Task PUSH_ThreePeers_GetMessagesInRotation()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        await Rotation.ExpectAsync(sut, ["PULL", "PULL", "PULL"]);
    }

    [Fact]
    [Spec("PIPE-02")]
    public async Task PUSH_PeerSendsMessages_TheyAreDroppedAndTheConnectionStaysOpen()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick with { ReceiveHighWaterMark = 2 }));
        var raw = await sut.PeerConnectsAsync("PULL");
        for (int i = 0; i < 10; i++) await raw.SendAsync(Octets.Hello);
        await raw.ExpectOpenAsync();
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.Hello);
        Assert.DoesNotContain(typeof(PushSocket).GetMethods(), method => method.Name.Contains("Receive", StringComparison.Ordinal));
    }

    [Fact]
    [Spec("PIPE-14")]
    public void PULL_HasNothingToSendWith() =>
        Assert.DoesNotContain(typeof(PullSocket).GetMethods(), method => method.Name.Contains("Send", StringComparison.Ordinal));

    [Fact]
    [Spec("PIPE-03")]
    public async Task PUSH_Messages_AreNotChanged()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        await Unchanged.ExpectSentAsync(sut, "PULL");
    }

    [Fact]
    [Spec("PIPE-15")]
    public async Task PULL_Messages_AreNotChanged()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        await Unchanged.ExpectReceivedAsync(sut, "PUSH");
    }

    [Fact]
    [Spec("PIPE-04", "PIPE-07", "PIPE-08", "PIPE-10", "PIPE-11")]
    public async Task PUSH_PeerStopsReading_IsSkipped()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Stalling.Options));
        await Stalling.ExpectOthersGetEverythingAsync(sut, "PULL", incoming: false);
    }

    [Fact]
    [Spec("PIPE-05", "PIPE-07", "PIPE-10", "PIPE-11", "PIPE-12")]
    public async Task PUSH_ConnectedToNobodyYet_QueuesUpToTheMarkAndSendsThem()
    {
        await using var sut = Sut.Create(context => new PushSocket(context, Sut.Quick with { SendHighWaterMark = 10 }));
        await Waiting.ExpectQueuedAsync(sut, "PULL");
    }

    [Fact]
    [Spec("PIPE-06")]
    public async Task PUSH_BoundAndPeerLeaves_ItsMessagesGoWithIt()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Stalling.Options));
        await Stalling.ExpectQueueGoesWithThePeerAsync(sut, "PULL");
    }

    [Fact]
    [Spec("PIPE-10", "PIPE-11", "PIPE-12")]
    public async Task PUSH_NoPeer_BlocksAndSendsOnceOneIsThere()
    {
        await using var sut = await Sut.BoundAsync(
            context => new PushSocket(context, Sut.Quick with { SendTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.False(sut.Socket.TrySend("hello"));
        Assert.Throws<TimeoutException>(() => sut.Socket.Send("hello"));
        var sending = sut.Socket.SendAsync("hello").AsTask();
        Assert.False(sending.IsCompleted);
        var raw = await sut.PeerConnectsAsync("PULL", settle: false);
        await raw.ExpectAsync(Octets.Hello);
        await sending.WithinAsync();
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("PIPE-13", "PIPE-16", "PIPE-20", "PIPE-21")]
    public async Task PULL_ThreePeersFlood_AreHeardInTurn()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        await Flood.ExpectTurnsAsync(sut, "PUSH");
    }

    [Fact]
    [Spec("PIPE-17")]
    public async Task PULL_ConnectedToNobodyYet_ReceivesOnceSomebodyListens()
    {
        await using var sut = Sut.Create(context => new PullSocket(context, Sut.Quick));
        var listener = sut.Keep(RawListener.Reserve());
        sut.Socket.Connect(listener.Endpoint);
        var receiving = sut.Socket.NextAsync();
        await sut.Events.NextAsync(SocketEventKind.ConnectRetried);
        listener.Listen();
        var raw = await sut.AcceptAsync(listener, "PUSH");
        await raw.SendAsync(Octets.Hello);
        Assert.Equal("hello", await receiving);
    }

    [Fact]
    [Spec("PIPE-18")]
    public async Task PULL_PeerLeaves_WholeMessagesStayReadable()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PUSH");
        await raw.SendAsync(Octets.Frame("1"), Octets.Frame("2"), Octets.Frame("3"), Octets.Frame("lost", more: true));
        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        Assert.Equal("1", await sut.Socket.NextAsync());
        Assert.Equal("2", await sut.Socket.NextAsync());
        Assert.Equal("3", await sut.Socket.NextAsync());
        await sut.Socket.ExpectNoMessageAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [Spec("PIPE-19")]
    public async Task PULL_QueueFull_StopsReadingAndLosesNothing(int mark)
    {
        const int buffer = 16 * 1024;
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with
        {
            ReceiveHighWaterMark = mark,
            Transport = new() { ReceiveBufferSize = buffer },
        }));
        var raw = await sut.PeerConnectsAsync("PUSH");
        raw.LimitSendBuffer(buffer);
        const int count = 1000;
        byte[] filler = new byte[5_000];
        int sent = 0;
        var flood = Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                await raw.SendAsync(Octets.Frame([(byte)(i >> 8), (byte)(i & 0xFF)], more: true), Octets.Frame(filler));
                Interlocked.Increment(ref sent);
            }
        });
        int standing = await Standstill.OfAsync(() => Volatile.Read(ref sent), least: mark);

        // Beside the queue there is room in the buffers alone.
        Assert.InRange(standing, mark, mark + 100);
        for (int i = 0; i < count; i++)
        {
            byte[][] frames = await sut.Socket.NextFramesAsync();
            Assert.Equal(i, (frames[0][0] << 8) | frames[0][1]);
            Assert.Equal(filler.Length, frames[1].Length);
        }

        await flood.WithinAsync();
    }

    [Fact]
    [Spec("PIPE-22", "ZMTP30-75")]
    public async Task PUSH_PeerDiesInTheMiddleOfAMessage_OthersGetOnlyWholeOnes()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Stalling.Options));
        var dying = await Stalling.PeerAsync(sut, "PULL");
        byte[] part = new byte[200_000];
        for (int taken = 0; sut.Socket.TrySend(Message.Create().Append("first").Append(part).Append("last")); taken++)
        {
            Assert.True(taken < 100, "20 MB were taken for a peer that does not read, at a mark of 4 messages.");
        }

        await dying.ExpectAsync(Octets.Frame("first", more: true));
        await dying.ReadAsync(1000);
        dying.Reset();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        var other = await sut.PeerConnectsAsync("PULL");
        for (int i = 0; i < 3; i++)
        {
            var sending = sut.Socket.SendAsync(Message.Create().Append("first").Append(part).Append("last")).AsTask();
            var frames = await other.ReadMessageAsync();
            await sending.WithinAsync();
            Assert.Equal([5, part.Length, 4], frames.Select(frame => frame.Length));
        }
    }
}
