using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Who waits for room in one queue is not woken by what happens to others.</summary>
public class WokenSendersTests
{
    private const int Mark = 100;

    [Fact]
    public async Task Sender_WaitsForRoomWithOnePeer_IsNotWokenByMessagesToAnother()
    {
        await using var context = Join.NewContext();
        await using var socket = new PickingSocket(context);
        await using var pull = new PullSocket(context);
        await Join.ToAsync(pull, socket);
        var quick = Assert.Single(socket.Pipes);
        var nobody = Join.Fresh("ipc");
        socket.Connect(nobody);
        var stalled = socket.Pipes[1];
        while (stalled.TrySend("x"u8)) Assert.InRange(stalled.Pending, 1, Mark);
        socket.Picked = stalled;
        var waiting = socket.SendAsync(Message.Of("last"), TestTimeout.Token).AsTask();
        Assert.Equal(2, socket.Tries);

        for (var i = 0; i < 5 * Mark; i++)
        {
            Assert.True(quick.TrySend("y"u8));
            await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "y");
        }

        Assert.Equal(2, socket.Tries);
        Assert.False(waiting.IsCompleted);
        await using var late = new PullSocket(context);
        await late.BindAsync(nobody);
        for (var i = 0; i < Mark; i++) await Pairing.ExpectAsync(late.ReceiveAsync(TestTimeout.Token), "x");
        await Pairing.ExpectAsync(late.ReceiveAsync(TestTimeout.Token), "last");
        await waiting.WithinAsync();
    }

    /// <summary>Where a large message is refused without the pipe's gate, who makes room must hear of it too.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Sender_LargeMessagesToPeersThatReadOneAfterAnother_NobodySleepsOn(string transport)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, new() { SendHighWaterMark = 1 });
        var pulls = Enumerable.Range(0, 3).Select(_ => new PullSocket(context, new() { ReceiveHighWaterMark = 1 })).ToArray();
        foreach (var pull in pulls) await Join.ToAsync(pull, push, transport);
        const int each = 300;
        const int senders = 4;
        var until = TestTimeout.After(2 * TestTimeout.Default);
        var sending = Enumerable.Range(0, senders).Select(sender => Blocking.RunAsync(() =>
        {
            var body = new byte[sender % 2 == 0 ? 40_000 : 10];
            for (var i = 0; i < each; i++) push.Send(body);
        })).ToArray();
        var left = senders * each;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(until);
        var receiving = pulls.Select(async pull =>
        {
            while (true)
            {
                (await pull.ReceiveAsync(end.Token)).Dispose();
                if (Interlocked.Decrement(ref left) == 0) await end.CancelAsync();
            }
        }).ToArray();

        await Task.WhenAll(sending).WaitAsync(until);
        foreach (var receiver in receiving) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiver);
        Assert.Equal(0, left);
        foreach (var pull in pulls) await pull.DisposeAsync();
    }

    /// <summary>As a ROUTER in mandatory mode: messages go to one pipe and no other. It counts how often they are tried.</summary>
    private sealed class PickingSocket(ZmtpContext context)
        : SendingSocket(context, SocketType.Push, Sut.Quick with { SendHighWaterMark = Mark, Linger = TimeSpan.Zero })
    {
        private int _tries;

        public List<Pipe> Pipes { get; } = [];

        public Pipe? Picked { get; set; }

        public int Tries => Volatile.Read(ref _tries);

        internal override bool TakesBatches => false;

        internal override void OnPipeAdded(Pipe pipe) => Pipes.Add(pipe);

        internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

        internal override bool TrySendNow(MessageBuffer message)
        {
            Interlocked.Increment(ref _tries);
            return Picked!.TrySend(message);
        }
    }
}
