using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;
using Zmtp.Testing;
using Zmtp.Zap;

namespace Zmtp.Sockets.Tests.Behaviour;

/// <summary>inproc at its high-water marks: senders wait, and go on when the receiver has made room.</summary>
public class InprocTests
{
    private const int Count = 5000;

    private static readonly SocketOptions Narrow = Sut.Quick with { SendHighWaterMark = 2, ReceiveHighWaterMark = 3 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task INPROC_QueueFull_SenderGoesOnWhenThereIsRoom(bool blocking)
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Narrow);
        await pull.BindAsync("inproc://narrow");
        await using var push = new PushSocket(context, Narrow);
        push.Connect("inproc://narrow");
        for (int i = 0; i < 5; i++) Assert.True(push.TrySend($"{i}"));
        Assert.False(push.TrySend("one too many"));

        var sending = Task.Run(async () =>
        {
            for (int i = 5; i < Count; i++)
            {
                if (blocking) push.Send($"{i}");
                else await push.SendAsync($"{i}");
            }
        });
        for (int i = 0; i < Count; i++) Assert.Equal($"{i}", await pull.NextAsync());
        await sending.WithinAsync();
    }

    [Fact]
    public async Task INPROC_QueueFullAndReceiverGoes_SenderWaitsForTheNextOne()
    {
        await using var context = Searched.NewContext();
        var pull = new PullSocket(context, Narrow);
        await pull.BindAsync("inproc://narrow");
        await using var push = new PushSocket(context, Narrow);
        push.Connect("inproc://narrow");
        for (int i = 0; i < 5; i++) Assert.True(push.TrySend($"{i}"));
        var sending = push.SendAsync("5").AsTask();
        Assert.False(sending.IsCompleted);
        await pull.DisposeAsync();
        await sending.WithinAsync();

        await using var next = new PullSocket(context, Narrow);
        await next.BindAsync("inproc://narrow");
        Assert.Equal("5", await next.NextAsync());
    }

    [Fact]
    public async Task INPROC_AnswersOfAllShapes_ArriveWholeAndInOrder()
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context, Sut.Quick);
        await using var dealer = new DealerSocket(context, Sut.Quick);
        await Join.ToAsync(router, dealer, "inproc");
        const int count = 900;
        var answering = Blocking.RunAsync(() =>
        {
            for (var i = 0; i < count; i++) router.Send(router.Receive(TestTimeout.Default));
        });
        for (var i = 0; i < count; i++) await dealer.SendAsync(Shaped(i));
        for (var i = 0; i < count; i++)
        {
            using var answer = await dealer.ReceiveAsync(TestTimeout.Token);
            using var expected = Shaped(i);
            Assert.Equal(expected.FrameCount, answer.FrameCount);
            for (var frame = 0; frame < expected.FrameCount; frame++) Assert.Equal(expected.ToArray(frame), answer.ToArray(frame));
        }

        await answering.WithinAsync();
    }

    /// <summary>The memory of messages is used again, as it is: a handler erases what it receives, and nothing else may have held it.</summary>
    [Fact]
    public async Task INPROC_RequestToAZapHandler_LeavesNothingWhereItWasWritten()
    {
        await using var context = Searched.NewContext();
        await using var handler = new RouterSocket(context, Sut.Quick);
        await using var asking = new DealerSocket(context, Sut.Quick);
        await handler.BindAsync(ZapHandler.Endpoint, TestTimeout.Token);
        asking.Connect(ZapHandler.Endpoint);
        await asking.WaitForPeerAsync(TestTimeout.Default);
        var message = Message.Of("", "1.0", "a password");
        var slot = message.Buffer.Slot(2);
        await asking.SendAsync(message);

        using var request = await handler.ReceiveAsync(TestTimeout.Token);
        Assert.Equal("a password", request.AsString(3));
        Assert.NotSame(slot.Array, request.Buffer.Slot(3).Array);
        Assert.True(slot.Array.AsSpan().IndexOf("a password"u8) < 0);
        Assert.Null(request.Buffer.Slot(3).Batch);
    }

    [Fact]
    public async Task INPROC_RequestThatNoZapHandlerTakes_LeavesNothingWhereItWasWritten()
    {
        await using var context = Searched.NewContext();
        var asking = new DealerSocket(context, Sut.Quick with { Linger = TimeSpan.Zero });
        asking.Connect(ZapHandler.Endpoint);
        var message = Message.Of("", "1.0", "a password");
        var slot = message.Buffer.Slot(2);
        await asking.SendAsync(message);
        await asking.DisposeAsync();
        Assert.True(slot.Array.AsSpan().IndexOf("a password"u8) < 0);
    }

    [Theory]
    [InlineData("inproc")]
    [InlineData("tcp")]
    public async Task Options_OctetsChangeOnceTheSocketIsMade_ItKeepsThoseItWasMadeWith(string transport)
    {
        await using var context = Searched.NewContext();
        await using var router = new RouterSocket(context);
        var endpoint = transport == "tcp" ? await router.BindAsync(Join.Fresh(transport)) : Join.Fresh(transport);
        var id = new byte[1];
        var color = new byte[1];
        var dealers = new DealerSocket[2];
        for (var i = 0; i < dealers.Length; i++)
        {
            id[0] = color[0] = (byte)(i + 1);
            dealers[i] = new DealerSocket(
                context, Sut.Quick with { RoutingId = id, Metadata = new ZmtpMetadata([new("X-Color", color)]) });
        }

        id[0] = color[0] = 0xFF;
        foreach (var dealer in dealers) dealer.Connect(endpoint);
        if (transport == "inproc") await router.BindAsync(endpoint);
        foreach (var dealer in dealers) await dealer.WaitForPeerAsync(TestTimeout.Default);
        foreach (var dealer in dealers) await dealer.SendAsync("hello", TestTimeout.Token);

        var seen = new List<string>();
        foreach (var _ in dealers)
        {
            using var message = await router.ReceiveAsync(TestTimeout.Token);
            Assert.True(message.Peer!.Metadata.TryGet("X-Color", out var value));
            seen.Add($"{Convert.ToHexString(message[0].Span)} {Convert.ToHexString(message.Peer.Identity.Span)} {Convert.ToHexString(value.Span)}");
        }

        Assert.Equal(["01 01 01", "02 02 02"], seen.Order());
        foreach (var dealer in dealers) await dealer.DisposeAsync();
    }

    [Fact]
    public async Task INPROC_RefusedAndDisposed_AreNotKept()
    {
        await using var context = Searched.NewContext();
        await using var bound = new PairSocket(context, Sut.Quick);
        await using var peer = new PairSocket(context, Sut.Quick);
        var name = await Join.ToAsync(bound, peer, "inproc");
        var refused = new WeakReference[1000];
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < refused.Length; i++) refused[i] = MakeRefused(context, name);
        }).WithinAsync();

        // The last ones may be on some stack still.
        Assert.True(SpinWait.SpinUntil(() => Collected(refused) > refused.Length - 10, TestTimeout.Default));
        await Pairing.ExchangeAsync(bound, peer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference MakeRefused(ZmtpContext context, string name)
    {
        using var socket = new PairSocket(context, Sut.Quick);
        socket.Connect(name);
        return new WeakReference(socket);
    }

    private static int Collected(WeakReference[] references)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return references.Count(static reference => !reference.IsAlive);
    }

    // Of one to three frames, of which some are empty, some small and some larger than what is copied.
    private static Message Shaped(int number)
    {
        var message = Message.Create();
        for (var i = 0; i <= number % 3; i++)
        {
            var frame = new byte[number * (i + 7) % 4 == 0 ? number * 5 : number % 40];
            Array.Fill(frame, unchecked((byte)number));
            message = message.Append(frame);
        }

        return message;
    }
}
