using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Flow;

public class HighWaterMarkTests
{
    /// <summary>Large enough that the operating system's buffers hold few of them.</summary>
    private const int Large = 256 * 1024;

    /// <summary>The octets of each message to a receiver that pauses.</summary>
    private const int Paused = 5000;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Push_NoPeerAndQueueFull_TrySendIsFalse()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 3, Linger = TimeSpan.Zero });
        push.Connect("inproc://nobody");

        Assert.True(push.TrySend("1"));
        Assert.True(push.TrySend("2"));
        Assert.True(push.TrySend("3"));
        Assert.False(push.TrySend("4"));
        var message = Message.Of("4", "x");
        Assert.False(push.TrySend(message));
        Assert.Equal(2, message.FrameCount);
        message.Dispose();
    }

    [Fact]
    public async Task Push_OctetsAtTheirMark_QueueIsFullThoughMessagesAreFew()
    {
        await using var nobody = RawListener.Reserve();
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { SendHighWaterOctets = 4 * Large, Linger = TimeSpan.Zero });
        push.Connect(nobody.Endpoint);
        var body = new byte[Large];
        for (var i = 0; i < 3; i++) Assert.True(push.TrySend(body), $"message {i}");

        // Below the mark there is room for one, however large.
        Assert.True(push.TrySend(new byte[8 * Large]));

        Assert.False(push.TrySend(body));
        Assert.False(push.TrySend("x"));
        var message = Message.Of("x", "y");
        Assert.False(push.TrySend(message));
        Assert.Equal(2, message.FrameCount);
        message.Dispose();
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public async Task Push_ReceiverStopsReadingAndOctetsAreAtTheirMark_SendersWaitAndGoOn(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 2 });
        await using var push = new PushSocket(context, new() { SendHighWaterOctets = 2 * Large });
        await Join.ToAsync(pull, push, transport);
        var body = new byte[Large];
        var (sent, waiting) = FillUp(push, body);
        var others = Enumerable.Range(0, 4).Select(_ => Blocking.RunAsync(() => push.Send(body))).ToArray();
        for (var i = 0; i < sent + others.Length; i++)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(Large, message.Length);
        }

        await Task.WhenAll([waiting, .. others]).WithinAsync();
        Assert.False(pull.TryReceive(Moment, out _));
        Assert.True(push.TrySend(body));
    }

    [Fact]
    public async Task Push_NotConnectedAnywhere_TrySendIsFalse()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        Assert.False(push.TrySend("nobody"));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    [InlineData("inproc")]
    public async Task Push_ReceiverStopsReading_SendWaitsAndGoesOnWhenItReads(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 2 });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 2 });
        await Join.ToAsync(pull, push, transport);
        var body = new byte[Large];
        var (sent, waiting) = FillUp(push, body);
        for (var i = 0; i < sent; i++)
        {
            using var message = await pull.ReceiveAsync(TestTimeout.Token);
            Assert.Equal(Large, message.Length);
        }

        await waiting.WithinAsync();
        Assert.False(pull.TryReceive(Moment, out _));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Push_ManySendersBlockedAtTheMark_AllGoOnWhenThereIsRoom(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 1 });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 1 });
        await Join.ToAsync(pull, push, transport);
        var body = new byte[Large];
        var (sent, waiting) = FillUp(push, body);

        var blocking = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () => push.Send(body), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var asynchronous = Enumerable.Range(0, 8).Select(_ => push.SendAsync(body, TestTimeout.Token).AsTask());
        Task[] senders = [.. blocking, .. asynchronous];
        var count = sent + senders.Length;
        for (var i = 0; i < count; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();

        await Task.WhenAll([waiting, .. senders]).WithinAsync();
        Assert.False(pull.TryReceive(Moment, out _));
    }

    [Fact]
    public async Task Push_ManySendersOverInprocAtTheMark_NobodySleepsOn()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 1 });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 1 });
        await Join.ToAsync(pull, push, "inproc");
        const int each = 3_000;
        var until = TestTimeout.Token;
        var senders = Enumerable.Range(0, 4).Select(_ => Blocking.RunAsync(() =>
        {
            for (var i = 0; i < each; i++) push.Send("x"u8);
        })).ToArray();
        for (var i = 0; i < each * senders.Length; i++) (await pull.ReceiveAsync(until)).Dispose();

        await Task.WhenAll(senders).WithinAsync();
    }

    [Fact]
    public async Task Push_BlockedBeyondTheSendTimeout_ThrowsTimeoutException()
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { SendTimeout = TimeSpan.FromMilliseconds(50) });
        var error = Assert.Throws<TimeoutException>(() => push.Send("nobody"));
        Assert.Contains("peer", error.Message, StringComparison.Ordinal);
        var message = Message.Of("still", "mine");
        Assert.Throws<TimeoutException>(() => push.Send(message));
        Assert.Equal("mine", message.AsString(1));
    }

    [Fact]
    public async Task Inproc_TheTwoMarks_AddUp()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = 3 });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 4 });
        await Join.ToAsync(pull, push, "inproc");

        for (var i = 0; i < 3 + 4; i++) Assert.True(push.TrySend("x"), $"message {i}");
        Assert.False(push.TrySend("x"));
    }

    [Fact]
    public async Task Inproc_ReceiversOctetsAtTheirMark_QueueIsFullThoughMessagesAreFew()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterOctets = 4 * Large });
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, "inproc");
        var body = new byte[Large];

        for (var i = 0; i < 4; i++) Assert.True(push.TrySend(body), $"message {i}");
        Assert.False(push.TrySend(body));
        Assert.False(push.TrySend("x"));
        for (var i = 0; i < 4; i++) (await pull.ReceiveAsync(TestTimeout.Token)).Dispose();
        Assert.True(push.TrySend(body));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Inproc_OneMarkIsZero_ThereIsNoLimit(int send, int receive)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, new() { ReceiveHighWaterMark = receive });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = send });
        await Join.ToAsync(pull, push, "inproc");

        for (var i = 0; i < 5000; i++) Assert.True(push.TrySend("x"), $"message {i}");
        for (var i = 0; i < 5000; i++) Assert.True(pull.TryReceive(out _), $"message {i}");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Pub_SubscriberDoesNotRead_DropsAndNeverWaits(string transport)
    {
        await using var context = Join.NewContext();
        await using var pub = new PubSocket(context, new() { SendHighWaterMark = 5, Linger = TimeSpan.Zero });
        await using var sub = new SubSocket(context, new() { ReceiveHighWaterMark = 5 });
        await Join.ToAsync(pub, sub, transport);
        sub.Subscribe("");
        await Pairing.UntilSubscribedAsync(pub, sub, "");

        const int sent = 200;
        var body = new byte[Large];
        for (var i = 0; i < sent; i++)
        {
            body[0] = (byte)i;
            Assert.True(pub.TrySend(body));
        }

        // What comes is a selection, in order, of whole messages.
        var received = 0;
        var last = -1;
        while (sub.TryReceive(received == 0 ? TestTimeout.Default : Moment, out var message))
        {
            Assert.Equal(Large, message.Length);
            Assert.True(message.Span[0] > last);
            last = message.Span[0];
            received++;
            message.Dispose();
        }

        Assert.InRange(received, 1, sent - 1);
    }

    [Theory]
    [InlineData("tcp", 1)]
    [InlineData("tcp", 2)]
    [InlineData("tcp", 10)]
    [InlineData("ipc", 1)]
    public Task Pull_PausedAtItsMark_ResumesAndReceivesAll(string transport, int mark) =>
        PauseAndResumeAsync(transport, new() { ReceiveHighWaterMark = mark }, mark);

    [Theory]
    [InlineData("tcp")]
    [InlineData("ipc")]
    public Task Pull_PausedAtItsMarkOfOctets_ResumesAndReceivesAll(string transport) =>
        PauseAndResumeAsync(transport, new() { ReceiveHighWaterOctets = 10 * Paused }, 10);

    [Fact]
    public async Task Push_OnePeerIsFull_TheOtherGetsTheRest()
    {
        await using var context = Join.NewContext();
        await using var slow = new PullSocket(context, new() { ReceiveHighWaterMark = 1 });
        await using var quick = new PullSocket(context);
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 1, Linger = TimeSpan.Zero });
        push.Connect(await slow.BindAsync(Join.Fresh("inproc")));
        push.Connect(await quick.BindAsync(Join.Fresh("inproc")));

        for (var i = 0; i < 50; i++)
        {
            await push.SendAsync("x", TestTimeout.Token);
            while (quick.TryReceive(out var message)) message.Dispose();
        }

        var stuck = 0;
        while (slow.TryReceive(out _)) stuck++;
        Assert.Equal(2, stuck);
    }

    /// <param name="transport">The transport.</param>
    /// <param name="receiver">With a mark that lets so many messages of <see cref="Paused"/> octets wait.</param>
    /// <param name="mark">So many.</param>
    private static async Task PauseAndResumeAsync(string transport, SocketOptions receiver, int mark)
    {
        await using var context = Join.NewContext();
        var buffers = new Transports.TransportOptions { SendBufferSize = 16 * 1024, ReceiveBufferSize = 16 * 1024 };
        await using var pull = new PullSocket(context, receiver with { Transport = buffers });
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 1, Transport = buffers });
        await Join.ToAsync(pull, push, transport);
        const int count = 1000;
        var until = TestTimeout.After(TestTimeout.Default * 2);

        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                var body = new byte[Paused];
                BitConverter.TryWriteBytes(body, i);
                await push.SendAsync(body, until);
                Interlocked.Increment(ref sent);
            }
        });

        // Beside the two queues there is room in the buffers alone.
        Assert.InRange(await Standstill.OfAsync(() => Volatile.Read(ref sent), least: mark), mark, mark + 100);
        for (var i = 0; i < count; i++)
        {
            using var message = await pull.ReceiveAsync(until);
            Assert.Equal(i, BitConverter.ToInt32(message.Span));
        }

        await sending.WithinAsync();
    }

    /// <summary>
    /// Sends until a message has to wait for room; with nobody who receives there is room for less than a thousand, wherever it is.
    /// </summary>
    /// <returns>How many were sent, the one that waits among them.</returns>
    private static (int Sent, Task Waiting) FillUp(PushSocket push, byte[] body)
    {
        for (var sent = 1; sent < 1000; sent++)
        {
            var sending = push.SendAsync(body, TestTimeout.Token).AsTask();
            if (!sending.IsCompleted) return (sent, sending);
            Assert.True(sending.IsCompletedSuccessfully);
        }

        throw new Xunit.Sdk.XunitException("The queue is never full.");
    }
}
