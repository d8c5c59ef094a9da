using Microsoft.Extensions.Time.Testing;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Asynchronous calls with a time of their own, by the context's clock.</summary>
public sealed class TimedCallsTests : IAsyncDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(3);
    private readonly FakeTimeProvider _time = new();
    private readonly ZmtpContext _context;

    public TimedCallsTests() => _context = Join.NewContext(new() { Time = _time });

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Theory]
    [InlineData("PUSH/PULL")]
    [InlineData("PAIR/PAIR")]
    public async Task ReceiveAsync_NothingComesInTime_ThrowsAndTheNextCallGetsWhatComesLater(string pairing)
    {
        var (sender, socket) = await PairAsync(pairing);
        var receiving = socket.ReceiveAsync(Short, TestTimeout.Token).AsTask();
        _time.Advance(Short - TimeSpan.FromTicks(1));
        Assert.False(receiving.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        var error = await Assert.ThrowsAsync<TimeoutException>(() => receiving.WithinAsync());

        Assert.Equal("No message came within 3 s.", error.Message);
        await sender.SendAsync("1");
        await sender.SendAsync("2");
        foreach (var expected in (string[])["1", "2"])
        {
            using var message = await socket.ReceiveAsync(Short, TestTimeout.Token);
            Assert.Equal(expected, message.AsString());
        }
    }

    [Fact]
    public async Task ReceiveAsync_MessageComesWhenTheTimeIsOver_IsThisCallsOrTheNextOnes()
    {
        var (sender, socket) = await PairAsync("PUSH/PULL");
        for (var i = 0; i < 500; i++)
        {
            var receiving = socket.ReceiveAsync(Short, TestTimeout.Token).AsTask();
            var isOver = Task.Run(() => _time.Advance(Short));
            await sender.SendAsync($"{i}");
            await isOver.WithinAsync();
            var error = await Record.ExceptionAsync(() => receiving.WithinAsync());
            Assert.True(error is null or TimeoutException, $"{error}");
            using var message = error is null ? await receiving : await socket.ReceiveAsync(TestTimeout.Token);
            Assert.Equal($"{i}", message.AsString());
        }
    }

    [Fact]
    public async Task ReceiveAsync_MessageIsThere_ComesAtOnceWhateverTheTimeAndWithoutAllocating()
    {
        var (sender, socket) = await PairAsync("PUSH/PULL");
        TimeSpan[] times = [Short, TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, Timeout.InfiniteTimeSpan];
        var most = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            foreach (var _ in times) await sender.SendAsync(TimeSpan.FromSeconds(1), "x"u8.ToArray(), TestTimeout.Token);
            most = Math.Min(most, AllocatedBy(socket, times));
        }

        Assert.Equal(0, most);

        static long AllocatedBy(IReceivingSocket socket, TimeSpan[] times)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var time in times)
            {
                var receiving = socket.ReceiveAsync(time, CancellationToken.None);
                Assert.True(receiving.IsCompletedSuccessfully);
                receiving.Result.Dispose();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task ReceiveAsync_NothingIsThereAndNoTime_ThrowsAtOnce()
    {
        var (_, socket) = await PairAsync("PUSH/PULL");
        foreach (var time in (TimeSpan[])[TimeSpan.Zero, TimeSpan.MinValue])
        {
            await Assert.ThrowsAsync<TimeoutException>(async () => await socket.ReceiveAsync(time, TestTimeout.Token));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await socket.ReceiveAsync(TimeSpan.FromDays(50), TestTimeout.Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReceiveAsync_GivenUpByItsToken_SaysSo(bool isBefore)
    {
        var (_, socket) = await PairAsync("PUSH/PULL");
        using var stop = new CancellationTokenSource();
        if (isBefore) await stop.CancelAsync();
        var receiving = socket.ReceiveAsync(Short, stop.Token).AsTask();
        await stop.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WithinAsync());

        Assert.Equal(stop.Token, error.CancellationToken);
    }

    [Fact]
    public async Task ReceiveAsync_REQAndREP_TimeThatIsOverLeavesTheOrderAsItIs()
    {
        await using var rep = new RepSocket(_context, Sut.Quick);
        await using var req = new ReqSocket(_context, Sut.Quick);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await req.ReceiveAsync(Short, TestTimeout.Token));
        await OverAsync(rep);
        await Join.ToAsync(rep, req, "inproc");
        await req.SendAsync(Short, "ask", TestTimeout.Token);
        await OverAsync(req);
        using (var request = await rep.ReceiveAsync(Short, TestTimeout.Token)) Assert.Equal("ask", request.AsString());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rep.ReceiveAsync(Short, TestTimeout.Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await req.SendAsync(Short, "again", TestTimeout.Token));
        await rep.SendAsync(Short, "answer", TestTimeout.Token);
        using var reply = await req.ReceiveAsync(Short, TestTimeout.Token);
        Assert.Equal("answer", reply.AsString());

        async Task OverAsync(IReceivingSocket socket)
        {
            var receiving = socket.ReceiveAsync(Short, TestTimeout.Token).AsTask();
            _time.Advance(Short);
            await Assert.ThrowsAsync<TimeoutException>(() => receiving.WithinAsync());
        }
    }

    [Fact]
    public async Task SendAsync_NobodyTakesItInTime_ThrowsAndTheMessageIsStillTheCallers()
    {
        await using var push = new PushSocket(_context, Sut.Quick);
        using var message = Message.Of("mine", "still");
        foreach (var send in new Func<TimeSpan, ValueTask>[]
                 {
                     time => push.SendAsync(time, "x"u8.ToArray(), TestTimeout.Token),
                     time => push.SendAsync(time, "x", TestTimeout.Token),
                     time => push.SendAsync(time, message, TestTimeout.Token),
                 })
        {
            var sending = send(Short).AsTask();
            _time.Advance(Short);
            var error = await Assert.ThrowsAsync<TimeoutException>(() => sending.WithinAsync());
            Assert.StartsWith("No peer could take the message within 3 s.", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<TimeoutException>(async () => await send(TimeSpan.Zero));
            await Assert.ThrowsAsync<TimeoutException>(async () => await send(TimeSpan.MinValue));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await send(TimeSpan.FromDays(50)));
        }

        Assert.Equal("still", message.AsString(1));
        Assert.Equal(0, push.UnsentCount);
    }

    [Fact]
    public async Task SendAsync_SomebodyComesMeanwhile_IsSent()
    {
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context, Sut.Quick);
        var sent = Message.Of("several", "frames");
        Task[] sends =
        [
            push.SendAsync(Short, "octets"u8.ToArray(), TestTimeout.Token).AsTask(),
            push.SendAsync(Timeout.InfiniteTimeSpan, "text", TestTimeout.Token).AsTask(),
            push.SendAsync(Short, sent, TestTimeout.Token).AsTask(),
        ];

        await Join.ToAsync(pull, push, "inproc");

        await Task.WhenAll(sends).WithinAsync();
        var received = new List<string>();
        for (var i = 0; i < sends.Length; i++) received.Add(await pull.NextAsync());
        Assert.Equal(["octets", "several,frames", "text"], received.Order(StringComparer.Ordinal));
        Assert.Throws<ObjectDisposedException>(() => sent.AsString());
    }

    [Fact]
    public async Task SendAsync_WithATime_HasTheErrorsOfASend()
    {
        await using var push = new PushSocket(_context, Sut.Quick);
        await using var router = new RouterSocket(_context, Sut.Quick with { RouterMandatory = true });
        using var empty = Message.Create();
        using var toNobody = Message.Of("joe", "hello");
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAsync<ArgumentException>(async () => await push.SendAsync(Short, empty, TestTimeout.Token));
        var unreachable = router.SendAsync(Short, toNobody, TestTimeout.Token); // the task tells
        await Assert.ThrowsAsync<HostUnreachableException>(async () => await unreachable);
        var given = push.SendAsync(Short, "x", stop.Token).AsTask();
        var closed = push.SendAsync(Short, "x", TestTimeout.Token).AsTask();

        await stop.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.WithinAsync());
        Assert.Equal(stop.Token, error.CancellationToken);
        await push.DisposeAsync().WithinAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => closed.WithinAsync());
    }

    private async Task<(SendingSocket Sender, IReceivingSocket Socket)> PairAsync(string pairing)
    {
        SendingSocket sender = pairing == "PAIR/PAIR" ? new PairSocket(_context) : new PushSocket(_context);
        ZmtpSocket socket = pairing == "PAIR/PAIR" ? new PairSocket(_context) : new PullSocket(_context);
        await Join.ToAsync(socket, sender, "inproc");
        return (sender, (IReceivingSocket)socket);
    }
}
