using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>REQ and REP put frames in front of what they send; what is large stays where it is.</summary>
[Collection(AloneCollection.Name)]
public class LargeRequestTests
{
    /// <summary>More than the pool keeps: each copy is an allocation.</summary>
    private const int Large = BlockPool.MaximumSize + 1;

    private const int Little = 1024 * 1024;

    [Fact]
    public async Task REQ_NobodyIsThere_NothingIsCopiedByAnAttempt()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        var body = new byte[Large];
        using var message = Message.Of(body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 3; i++)
        {
            Assert.False(req.TrySend(body));
            Assert.False(req.TrySend(message));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Little);
        Assert.Equal(1, message.FrameCount);
        Assert.Equal(Large, message.Length);
    }

    [Fact]
    public async Task REQ_PeerTakesNothingMore_TheMessageIsTheCallersAsItWas()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context);
        await using var req = new ReqSocket(context);
        await Join.ToAsync(rep, req, "inproc");
        await req.SendAsync("hello");
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "hello");
        await rep.SendAsync("hello");
        using (var reply = await req.ReceiveAsync(TestTimeout.Token)) ((Pipe)reply.Buffer.Source!.Origin).Retire();

        using var message = Message.Of("a", "", "b");
        for (var i = 0; i < 3; i++)
        {
            Assert.False(req.TrySend(message));
            Assert.Equal(["a", "", "b"], Pairing.Frames(message));
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task REQAndREP_LargeMessages_ArriveWithoutACopyBySenders(string transport)
    {
        await using var context = Join.NewContext();
        var options = new SocketOptions { MaxMessageSize = 2L * Large };
        await using var rep = new RepSocket(context, options);
        await using var req = new ReqSocket(context, options);
        await Join.ToAsync(rep, req, transport);
        var body = new byte[Large];
        body[^1] = 1;
        for (var i = 0; i < 2; i++)
        {
            var request = Message.Of("a"u8.ToArray(), body, ""u8.ToArray());
            SendWithoutCopy(req, request);
            using (var received = await rep.ReceiveAsync(TestTimeout.Token)) AssertSame(received, body);
            var reply = Message.Of("a"u8.ToArray(), body, ""u8.ToArray());
            SendWithoutCopy(rep, reply);
            using (var received = await req.ReceiveAsync(TestTimeout.Token)) AssertSame(received, body);
        }
    }

    private static void SendWithoutCopy(SendingSocket socket, Message message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(socket.TrySend(message));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Little);
        Assert.Throws<ObjectDisposedException>(() => message.FrameCount);
    }

    private static void AssertSame(Message received, byte[] body)
    {
        Assert.Equal(3, received.FrameCount);
        Assert.Equal("a", received.AsString());
        Assert.True(received[1].Span.SequenceEqual(body));
        Assert.Equal("", received.AsString(2));
    }
}
