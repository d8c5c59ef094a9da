using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Lifecycle;

public class MessageOwnershipTests
{
    [Fact]
    public void Dispose_TheHandleAndItsCopiesAreStale()
    {
        var message = Message.Of("a", "b");
        var copy = message;
        message.Dispose();

        foreach (var stale in new[] { message, copy })
        {
            Assert.Throws<ObjectDisposedException>(() => stale.FrameCount);
            Assert.Throws<ObjectDisposedException>(() => stale.Length);
            Assert.Throws<ObjectDisposedException>(() => stale[0]);
            Assert.Throws<ObjectDisposedException>(() => stale.AsString());
            Assert.Throws<ObjectDisposedException>(() => stale.Append("c"));
            Assert.Throws<ObjectDisposedException>(() => stale.Peer);
            Assert.Contains("no longer owned", stale.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Dispose_Twice_DoesNotTouchTheNextOwner()
    {
        var first = Message.Of("first");
        first.Dispose();
        var second = Message.Of("second");
        first.Dispose();
        var third = Message.Of("third");

        Assert.Equal("second", second.AsString());
        Assert.Equal("third", third.AsString());
        second.Dispose();
        third.Dispose();
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Send_TheHandleIsStale(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        var message = Message.Of("sent", "once");
        await push.SendAsync(message);

        Assert.Throws<ObjectDisposedException>(() => message.AsString());
        Assert.Throws<ObjectDisposedException>(() => push.Send(message));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await push.SendAsync(message));
        message.Dispose();
        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "sent", "once");
        Assert.False(pull.TryReceive(out _));
    }

    [Fact]
    public async Task Send_WithoutFrames_ThrowsAndTheMessageIsStillTheCallers()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        var message = Message.Create();
        Assert.Throws<ArgumentException>(() => push.Send(message));
        Assert.Throws<ObjectDisposedException>(() => push.Send(default(Message)));
        message.Append("now");
        Assert.Equal("now", message.AsString());
    }

    [Fact]
    public async Task Frame_ChangedAfterTheSend_ArrivesAsItWas()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        push.Connect(await pull.BindAsync(Join.Fresh("tcp")));
        var frame = new byte[] { 1, 2, 3 };
        for (var i = 0; i < 100; i++)
        {
            frame[0] = (byte)i;
            await push.SendAsync(frame, TestTimeout.Token);
            frame[0] = 0xFF;
        }

        for (var i = 0; i < 100; i++)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(new byte[] { (byte)i, 2, 3 }, message.ToArray());
        }
    }

    [Fact]
    public async Task ForwardedMessages_LoseNothingAndNothingOfThePeer()
    {
        await using var context = Join.NewContext();
        await using var first = new PushSocket(context);
        await using var inlet = new PullSocket(context);
        await using var outlet = new PushSocket(context);
        await using var last = new PullSocket(context);
        await Join.ToAsync(inlet, first);
        await Join.ToAsync(last, outlet, "inproc");
        for (var i = 0; i < 500; i++)
        {
            await first.SendAsync(Message.Of($"{i}", "", new string('x', i * 20)));
            var message = await inlet.ReceiveAsync(TestTimeout.Token);
            Assert.NotNull(message.Peer);
            await outlet.SendAsync(message.Append("seen"), TestTimeout.Token);
            await Pairing.ExpectAsync(last.ReceiveAsync(TestTimeout.Token), $"{i}", "", new string('x', i * 20), "seen");
        }
    }
}
