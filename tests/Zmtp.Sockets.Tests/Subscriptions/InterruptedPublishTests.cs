using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Subscriptions;

/// <summary>What goes to several goes to all of them, also where the thread that sends it is interrupted on the way.</summary>
public class InterruptedPublishTests
{
    [Theory]
    [InlineData(1, 5, 0)]
    [InlineData(1, 5, 1)]
    [InlineData(1, MessageBuffer.SharedLength, 0)]
    [InlineData(1, MessageBuffer.SharedLength, 1)]
    [InlineData(1, OutgoingBuffer.ApartLength, 0)]
    [InlineData(1, OutgoingBuffer.ApartLength, 1)]
    [InlineData(2, 5, 0)]
    [InlineData(2, 5, 1)]
    public async Task XPUB_InterruptedBeforeOneOfTwoSubscribers_BothHaveItOnce(int frames, int length, int held)
    {
        await using var context = Searched.NewContext();
        await using var xpub = new XPubSocket(context, Sut.Quick with { XPubVerbose = true });
        await using var one = new SubSocket(context, Sut.Quick);
        await using var other = new SubSocket(context, Sut.Quick);
        foreach (var sub in new[] { one, other })
        {
            sub.Subscribe("");
            await Join.ToAsync(xpub, sub);
            using var subscription = await xpub.ReceiveAsync(TestTimeout.Token);
        }

        await SendAsync(xpub, frames, length, held);

        foreach (var sub in new[] { one, other }) await ExpectAsync(sub, frames, length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task XSUB_InterruptedBeforeOneOfTwoPublishers_BothHaveItOnce(int held)
    {
        await using var context = Searched.NewContext();
        await using var xsub = new XSubSocket(context, Sut.Quick);
        await using var one = new XPubSocket(context, Sut.Quick);
        await using var other = new XPubSocket(context, Sut.Quick);
        await Join.ToAsync(xsub, one);
        await Join.ToAsync(xsub, other);

        await SendAsync(xsub, frames: 2, length: 5, held);

        foreach (var xpub in new[] { one, other }) await ExpectAsync(xpub, frames: 2, length: 5);
    }

    [Fact]
    public async Task PIPE_InterruptedWhereALargeFrameFindsNoRoom_IsRefusedAndTheThreadsNextWaitHearsOfIt()
    {
        await using var context = Searched.NewContext();
        await using var pub = new PubSocket(context, Sut.Quick);
        var full = new Pipe(pub, "tcp://127.0.0.1:5555", outlivesConnection: true, isParked: true);
        bool? isTaken = null;

        await Interrupted.RunAsync(body => Hold(full.Gate, body), () => isTaken = full.TrySendToOneOfMany(new byte[OutgoingBuffer.ApartLength]));

        Assert.False(isTaken);
    }

    private static async Task SendAsync(SendingSocket socket, int frames, int length, int held)
    {
        var gate = Sources(socket.Receiver).Snapshot[held].Gate;
        var body = new byte[length];

        await Interrupted.RunAsync(whileHeld => Hold(gate, whileHeld), () =>
        {
            if (frames == 1) socket.Send(body);
            else socket.Send(Message.Of(Enumerable.Repeat("frame", frames).ToArray()));
        });

        await socket.SendAsync("last", TestTimeout.Token);
    }

    private static async Task ExpectAsync(IReceivingSocket socket, int frames, int length)
    {
        using var message = await socket.ReceiveAsync(TestTimeout.Token);
        Assert.Equal((frames, frames * length), (message.FrameCount, Enumerable.Range(0, message.FrameCount).Sum(i => message[i].Length)));
        using var last = await socket.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("last", last.AsString());
    }

    private static void Hold(Lock gate, Action body)
    {
        lock (gate) body();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sources")]
    private static extern ref FewPipes Sources(Receiver receiver);
}
