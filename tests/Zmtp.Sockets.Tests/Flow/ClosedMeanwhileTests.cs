using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Flow;

/// <summary>A sender that found no room sends what it would wait for, and its socket is closed meanwhile.</summary>
public sealed class ClosedMeanwhileTests
{
    [Theory]
    [InlineData("a span")]
    [InlineData("a message")]
    [InlineData("awaited")]
    [InlineData("an awaited message")]
    public async Task Sender_SocketIsClosedWhileItMakesRoom_IsToldSo(string how)
    {
        await using var context = Join.NewContext();
        await using var pull = new PullSocket(context);
        await using var socket = new ClosingSocket(context);
        await Join.ToAsync(pull, socket);
        Assert.True(socket.TrySend("first"));
        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "first");

        socket.IsFull = true;
        await Blocking.RunAsync(() => Assert.Throws<ObjectDisposedException>(() => Send(socket, how)));

        await Pairing.ExpectAsync(pull.ReceiveAsync(TestTimeout.Token), "waiting");
        Assert.Equal(0, await socket.Closing!.WithinAsync());
    }

    private static void Send(ClosingSocket socket, string how)
    {
        switch (how)
        {
            case "a message":
                socket.Send(Message.Of("late"));
                break;
            case "awaited":
                socket.SendAsync("late"u8.ToArray()).AsTask().GetAwaiter().GetResult();
                break;
            case "an awaited message":
                socket.SendAsync(Message.Of("late")).AsTask().GetAwaiter().GetResult();
                break;
            default:
                socket.Send("late"u8);
                break;
        }
    }

    /// <summary>A PUSH that has no room once, and then a message that waits for whoever makes some; by then it is being closed.</summary>
    private sealed class ClosingSocket(ZmtpContext context) : SendingSocket(context, SocketType.Push, Sut.Quick)
    {
        private Pipe? _pipe;

        public bool IsFull { get; set; }

        public Task<long>? Closing { get; private set; }

        internal override bool TakesBatches => false;

        internal override Pipe? OnlyPipe
        {
            get
            {
                IsFull = false;
                var writer = Writer(_pipe!)!;
                lock (_pipe!.Gate)
                {
                    writer.WriteFrame("waiting"u8, more: false);
                    Pending(_pipe)++;
                    Assert.Equal(SendStep.Call, writer.Begin(mayGather: true));
                }

                Closing = CloseAsync(TestTimeout.Default).AsTask();
                return _pipe;
            }
        }

        internal override void OnPipeAdded(Pipe pipe) => _pipe = pipe;

        internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

        internal override bool TrySendNow(ReadOnlySpan<byte> frame) => !IsFull && _pipe!.TrySend(frame);

        internal override bool TrySendNow(MessageBuffer message) => !IsFull && _pipe!.TrySend(message);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_writer")]
    private static extern ref ConnectionWriter? Writer(Pipe pipe);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pending")]
    private static extern ref int Pending(Pipe pipe);
}
