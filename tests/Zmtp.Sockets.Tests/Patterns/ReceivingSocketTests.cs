using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>What receives, whatever its pattern: code that knows no more of a socket than that.</summary>
public class ReceivingSocketTests
{
    [Theory]
    [InlineData("PUSH PULL", "{0}")]
    [InlineData("PUB SUB", "{0}")]
    [InlineData("XSUB XPUB", "{0}")]
    [InlineData("DEALER ROUTER", "first,{0}")]
    [InlineData("DEALER DEALER", "{0}")]
    [InlineData("PAIR PAIR", "{0}")]
    public async Task IReceivingSocket_EachWayToReceive_GetsTheNextMessage(string pairing, string received)
    {
        await using var context = Join.NewContext();
        var (first, second) = Pairing.Create(pairing, context, Sut.Quick, Sut.Quick with { ReceiveTimeout = TestTimeout.Default });
        await Join.ToAsync(second, first, "inproc");
        if (second is SubSocket sub)
        {
            sub.Subscribe("");
            await Pairing.UntilSubscribedAsync((PubSocket)first, sub, "");
        }

        var sending = (SendingSocket)first;
        for (var i = 0; i < 7; i++) await sending.SendAsync($"{i}", TestTimeout.Token);

        var socket = (IReceivingSocket)second;
        List<string> texts = [Text(await socket.ReceiveAsync(TestTimeout.Token)), Text(socket.Receive()), Text(socket.Receive(TestTimeout.Default))];
        Assert.True(socket.TryReceive(out var there));
        texts.Add(Text(there));
        Assert.True(socket.TryReceive(TestTimeout.Default, out var inTime));
        texts.Add(Text(inTime));
        texts.Add(await FirstAsync(socket));
        texts.Add(await FirstAsync(socket.ReceiveAllAsync(TestTimeout.Token)));

        Assert.Equal(Enumerable.Range(0, 7).Select(i => string.Format(null, received, i)), texts);
        Assert.False(socket.TryReceive(out _));
        Assert.Throws<TimeoutException>(() => socket.Receive(TimeSpan.Zero));
    }

    /// <summary>As <c>deadline - DateTime.UtcNow</c> is when nobody has set the deadline.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task IReceivingSocket_TimeThatIsLongOver_IsNotAtAllAndNothingIsLost(string transport)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context);
        await Join.ToAsync(pull, push, transport);
        foreach (var time in (TimeSpan[])[TimeSpan.MinValue, TimeSpan.FromDays(-200), TimeSpan.FromTicks(-1), TimeSpan.Zero])
        {
            for (var i = 0; i < 3; i++) Assert.False(pull.TryReceive(time, out _));
            Assert.Throws<TimeoutException>(() => pull.Receive(time));
            await push.SendAsync("x", TestTimeout.Token);
            Assert.Equal("x", await pull.NextAsync());
        }
    }

    [Fact]
    public async Task IReceivingSocket_REQAndREP_KeepTheirOrderAndTheirEnvelope()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context, Sut.Quick);
        await using var req = new ReqSocket(context, Sut.Quick);
        await Join.ToAsync(rep, req, "inproc");
        IReceivingSocket replies = req;
        IReceivingSocket requests = rep;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await replies.ReceiveAsync(TestTimeout.Token));
        Assert.Throws<InvalidOperationException>(() => replies.TryReceive(out _));

        await req.SendAsync("ask", TestTimeout.Token);
        Assert.Equal("ask", Text(await requests.ReceiveAsync(TestTimeout.Token)));
        Assert.Throws<InvalidOperationException>(() => requests.TryReceive(out _));
        await rep.SendAsync("answer", TestTimeout.Token);

        Assert.Equal("answer", await FirstAsync(replies));
    }

    [Fact]
    public async Task WithCancellation_TokenFires_EndsTheLoopAndLosesNoMessage()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push, "inproc");
        using var stop = new CancellationTokenSource();
        var loop = LoopAsync();
        Assert.False(loop.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.WithinAsync());

        await push.SendAsync("later", TestTimeout.Token);

        Assert.Equal("later", await pull.NextAsync());

        // Comes back when it waits.
        async Task LoopAsync()
        {
            await foreach (var message in pull.WithCancellation(stop.Token)) message.Dispose();
        }
    }

    [Fact]
    public async Task WithCancellation_SocketIsDisposed_TheLoopJustEnds()
    {
        await using var context = Join.NewContext();
        var pair = new PairSocket(context, Sut.Quick);
        var loop = LoopAsync();
        Assert.False(loop.IsCompleted);

        await pair.DisposeAsync();

        await loop.WithinAsync();

        // Comes back when it waits.
        async Task LoopAsync()
        {
            await foreach (var message in pair.WithCancellation(TestTimeout.Token).ConfigureAwait(false)) message.Dispose();
        }
    }

    [Fact]
    public async Task ConfigureAwait_SocketThatCanBeLoopedOver_DisposesIt()
    {
        await using var context = Join.NewContext();
        var pull = new PullSocket(context, Sut.Quick);
        var pair = new PairSocket(context, Sut.Quick);

        await using (pull.ConfigureAwait(false))
        await using (pair.ConfigureAwait(false))
        {
            Assert.False(pull.TryReceive(out _));
            Assert.False(pair.TryReceive(out _));
        }

        Assert.Throws<ObjectDisposedException>(() => pull.TryReceive(out _));
        Assert.Throws<ObjectDisposedException>(() => pair.TryReceive(out _));
    }

    [Fact]
    public void IReceivingSocket_SocketsThatOnlySend_AreNone()
    {
        var receiving = typeof(ZmtpSocket).Assembly.GetTypes()
            .Where(static type => type.IsAssignableTo(typeof(ZmtpSocket)) && !type.IsAbstract && type.IsAssignableTo(typeof(IReceivingSocket)))
            .Select(static type => type.Name)
            .Order();

        Assert.Equal(
            ["DealerSocket", "PairSocket", "PullSocket", "RepSocket", "ReqSocket", "RouterSocket", "SubSocket", "XPubSocket", "XSubSocket"],
            receiving);
    }

    private static async Task<string> FirstAsync(IAsyncEnumerable<Message> messages)
    {
        await foreach (var message in messages.WithCancellation(TestTimeout.Token)) return Text(message);
        return "";
    }

    private static string Text(Message message)
    {
        using (message) return string.Join(',', Pairing.Frames(message));
    }
}
