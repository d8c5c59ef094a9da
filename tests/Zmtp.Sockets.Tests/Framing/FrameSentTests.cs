using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Framing;

/// <summary>The frames of what the application sends.</summary>
public sealed class FrameSentTests
{
    private const int MuchTraffic = 300;

    [Theory]
    [InlineData(0, "00 00")]
    [InlineData(1, "00 01")]
    [InlineData(255, "00 FF")]
    [InlineData(256, "02 00 00 00 00 00 00 01 00")]
    [InlineData(65536, "02 00 00 00 00 00 01 00 00")]
    [InlineData(1048576, "02 00 00 00 00 00 10 00 00")]
    [Spec("ZMTP30-38", "ZMTP30-39")]
    public async Task MESSAGE_OfSomeSize_HasTheShortestHeader(int size, string header)
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PULL");
        var body = Octets.Text(new string('x', size));

        await sut.Socket.SendAsync(body);

        await raw.ExpectAsync(Octets.Hex(header), body);
    }

    [Fact]
    [Spec("ZMTP30-38")]
    public async Task MESSAGE_OfManyFrames_HasMoreOnAllButTheLast()
    {
        await using var sut = await Sut.BoundAsync(context => new PushSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("PULL");

        await sut.Socket.SendAsync(Message.Of("a", "", new string('x', 256), "b"));

        await raw.ExpectAsync("01 01 61 01 00 03 00 00 00 00 00 00 01 00");
        await raw.ExpectAsync(Octets.Text(new string('x', 256)));
        await raw.ExpectAsync("00 01 62");
    }

    [Fact]
    [Spec("ZMTP30-35", "ZMTP30-37", "ZMTP30-45")]
    public async Task TRAFFIC_OfLongMessagesAndHeartbeats_HasLegalFlagsAndNoCommandInsideAMessage()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        await using var relay = Relay.To(sut.Endpoint);
        await using var push = new PushSocket(sut.Context, Sut.Quick with
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(1),
            HeartbeatTimeout = TestTimeout.Default,
        });
        push.Connect(relay.Endpoint);

        for (var i = 0; i < MuchTraffic; i++)
        {
            var message = Message.Create();
            for (var frame = 0; frame < 1000; frame++) message.Append(frame % 100 == 0 ? new string('x', 300) : "x");
            await push.SendAsync(message).AsTask().WithinAsync();
        }

        for (var i = 0; i < MuchTraffic; i++)
        {
            using var message = await sut.Socket.ReceiveAsync().WithinAsync();
            Assert.Equal(1000, message.FrameCount);
        }

        await push.DisposeAsync();
        var sent = new Capture(relay.SentByClient());
        AssertLegalFlags(sent);
        AssertLegalFlags(new Capture(relay.SentByServer()));
        Assert.Contains("PING", sent.CommandNames);
        for (var i = 1; i < sent.Frames.Count; i++)
        {
            if (sent.Frames[i - 1].HasMore) Assert.False(sent.Frames[i].IsCommand, $"Frame {i} is a command inside a message.");
        }
    }

    /// <summary>
    /// Frames that are encoded into chunks, of which one is full in the middle of the message, and frames that lie apart: the first cannot leave
    /// while the peer does not read, and a PONG has to go.
    /// </summary>
    [Theory]
    [InlineData(30 * 1024)]
    [InlineData(40 * 1024)]
    [Spec("ZMTP30-45")]
    public async Task MESSAGE_OfLargeFramesHalfSentAndACommandToSend_TheCommandComesBehindTheLastFrame(int size)
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Stalling.Options));
        var raw = await Stalling.PeerAsync(sut, "DEALER");
        var frames = "abcdef".Select(letter => new string(letter, size)).ToArray();
        await sut.Socket.SendAsync(Message.Of(frames)).AsTask().WithinAsync();

        // Once the message behind it has been received, the PING has been answered.
        await raw.SendAsync(Octets.Hex(Octets.PingLol), Octets.Hex(Octets.Hello));
        Assert.Equal("hello", await sut.Socket.NextAsync());

        Assert.Equal(frames.Select(Octets.Text), await raw.ReadMessageAsync());
        await raw.ExpectAsync(Octets.PongLol);
    }

    [Fact]
    [Spec("ZMTP30-35", "ZMTP30-37", "ZMTP30-97")]
    public async Task TRAFFIC_OfSubscriptionsAndMessages_HasLegalFlagsAndPrintableNames()
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        await using var relay = Relay.To(sut.Endpoint);
        await using var sub = new SubSocket(sut.Context, Sut.Quick with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) });
        sub.Connect(relay.Endpoint);
        sub.Subscribe("A");
        sub.Subscribe(new string('B', 300));
        await sub.WaitForPeerAsync(TestTimeout.Default);

        // Until the subscription has arrived, messages are dropped; the first that comes shows that it has.
        var until = TestTimeout.Token;
        var receiving = sub.ReceiveAsync().AsTask();
        while (!receiving.IsCompleted)
        {
            until.ThrowIfCancellationRequested();
            await sut.Socket.SendAsync(Message.Of("A", new string('x', 1000), ""));
            await Task.WhenAny(receiving, Task.Delay(10));
        }

        (await receiving).Dispose();
        sub.Unsubscribe("A");
        await sub.DisposeAsync();
        var subscriber = new Capture(relay.SentByClient());
        AssertLegalFlags(subscriber);
        AssertLegalFlags(new Capture(relay.SentByServer()));
        Assert.Equal("READY", subscriber.CommandNames.First());
        Assert.Contains("SUBSCRIBE", subscriber.CommandNames);
        Assert.All(subscriber.CommandNames, name => Assert.Matches("^[A-Z]+$", name));
    }

    private static void AssertLegalFlags(Capture capture) =>
        Assert.All(capture.Frames, frame => Assert.Contains(frame.Flags, (byte[])[0x00, 0x01, 0x02, 0x03, 0x04, 0x06]));
}
