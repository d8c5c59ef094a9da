using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>Senders that run far ahead of the connection, and take turns with its loop.</summary>
public class FarAheadTests
{
    private const int Senders = 3;
    private const int EachSends = 20_000;
    private const int Length = 1024;

    [Theory]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    [InlineData("ipc", "NULL")]
    public async Task PUSH_ManySendersFasterThanTheConnection_EachOnesMessagesArriveInOrder(string transport, string mechanism)
    {
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(mechanism, new SocketOptions { SendTimeout = TestTimeout.Default, ReceiveTimeout = TestTimeout.Default });
        await using var pull = new PullSocket(context, server);
        await using var push = new PushSocket(context, client);
        await Join.ToAsync(pull, push, transport);
        var sending = Enumerable.Range(0, Senders).Select(sender => Blocking.RunAsync(() => SendAll(push, sender))).ToArray();
        var receiving = Blocking.RunAsync(() =>
        {
            var next = new int[Senders];
            for (var left = Senders * EachSends; left > 0; left--)
            {
                using var message = pull.Receive();
                Assert.Equal(Length, message.Span.Length);
                var sender = BinaryPrimitives.ReadInt32LittleEndian(message.Span);
                Assert.Equal(next[sender]++, BinaryPrimitives.ReadInt32LittleEndian(message.Span[sizeof(int)..]));
            }
        });
        await Task.WhenAll([receiving, .. sending]).WithinAsync(60);
    }

    [Fact]
    public async Task PUSH_FasterThanItsOnlyConnection_SendsInTheLoopsPlace()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { SendTimeout = TestTimeout.Default });
        await Join.ToAsync(pull, push);
        using var receiving = new Draining(pull);
        await ExpectTakeOverAsync(Writer(push.OnlyPipe!)!, new byte[Length], body => push.Send(body));
    }

    /// <summary>What fills its queue is far less than what makes a sender one that is far ahead; it would sleep at the high-water mark.</summary>
    [Theory]
    [InlineData("a span")]
    [InlineData("a message")]
    [InlineData("awaited")]
    [InlineData("an awaited message")]
    [InlineData("in time")]
    public async Task PUSH_SmallMessagesFillTheQueueToTheHighWaterMark_TheirSenderSendsInTheLoopsPlace(string how)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { SendTimeout = TestTimeout.Default, SendHighWaterMark = 100 });
        await Join.ToAsync(pull, push);
        using var receiving = new Draining(pull);
        await ExpectTakeOverAsync(Writer(push.OnlyPipe!)!, new byte[16], body => Send(push, body, how));
    }

    /// <summary>Of which one call would send many octets, while the loop works beside the sender.</summary>
    [Fact]
    public async Task PUSH_LargeMessagesFillTheQueueToTheHighWaterMark_TheyAreLeftToTheLoop()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var push = new PushSocket(context, new() { SendTimeout = TestTimeout.Default, SendHighWaterMark = 4 });
        await Join.ToAsync(pull, push);
        using var receiving = new Draining(pull);
        var writer = Writer(push.OnlyPipe!)!;
        await Blocking.RunAsync(() =>
        {
            var body = new byte[SenderLead.SmallestMessage];
            for (var i = 0; i < 2000; i++) push.Send(body);
        });
        Assert.Equal(0, writer.TakeOvers);
    }

    /// <summary>Their loops work beside each other, and one of them is never waited for.</summary>
    [Fact]
    public async Task PUSH_FasterThanItsTwoConnections_LeavesThemToTheirLoops()
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var other = new PullSocket(context);
        await using var push = new PushSocket(context, new() { SendTimeout = TestTimeout.Default });
        await Join.ToAsync(pull, push);
        var writer = Writer(push.OnlyPipe!)!;
        await Join.ToAsync(other, push);
        using var receiving = new Draining(pull);
        using var receivingToo = new Draining(other);
        await Blocking.RunAsync(() => SendAll(push, sender: 1));
        Assert.Equal(0, writer.TakeOvers);
    }

    /// <summary>With one processor nobody takes over, whatever is sent: the loop could not go on while somebody waits for it awake.</summary>
    private static Task ExpectTakeOverAsync(ConnectionWriter writer, byte[] body, Action<byte[]> send) => Blocking.RunAsync(() =>
    {
        var until = TestTimeout.Token;
        for (var i = 0; writer.TakeOvers == 0 && (ConnectionWriter.MayBeTakenOver || i < EachSends); i++)
        {
            until.ThrowIfCancellationRequested();
            send(body);
        }

        Assert.Equal(ConnectionWriter.MayBeTakenOver, writer.TakeOvers > 0);
    });

    private static void Send(PushSocket push, byte[] body, string how)
    {
        switch (how)
        {
            case "a message":
                push.Send(Message.Of((ReadOnlyMemory<byte>)body));
                break;
            case "awaited":
                push.SendAsync(body).AsTask().GetAwaiter().GetResult();
                break;
            case "an awaited message":
                push.SendAsync(Message.Of((ReadOnlyMemory<byte>)body)).AsTask().GetAwaiter().GetResult();
                break;
            case "in time":
                Assert.True(push.TrySend(TestTimeout.Default, body));
                break;
            default:
                push.Send(body);
                break;
        }
    }

    private static void SendAll(PushSocket push, int sender)
    {
        var body = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(body, sender);
        for (var i = 0; i < EachSends; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(sizeof(int)), i);
            if (sender == 0) push.SendAsync(body).AsTask().GetAwaiter().GetResult();
            else push.Send(body);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_writer")]
    private static extern ref ConnectionWriter? Writer(Pipe pipe);

    /// <summary>Receives all that comes, on a thread of its own.</summary>
    private sealed class Draining : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _receiving;

        public Draining(PullSocket pull)
        {
            _receiving = Blocking.RunAsync(() =>
            {
                while (!_end.IsCancellationRequested)
                {
                    if (pull.TryReceive(TimeSpan.FromMilliseconds(10), out var message)) message.Dispose();
                }
            });
        }

        public void Dispose()
        {
            _end.Cancel();
            Assert.True(_receiving.Wait(TestTimeout.Default));
            _end.Dispose();
        }
    }
}
