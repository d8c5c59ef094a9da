using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Engine;

public class ConnectionWriterTests
{
    [Fact]
    public async Task MessageQueuedDuringAWriteOnTheCallersThread_IsSentToo()
    {
        var owner = new FakeOwner();
        using var mechanism = NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true));
        var output = new RecordingWriter();
        using var writer = new ConnectionWriter(mechanism, output, owner, error => output.Fail(error));

        // Another sender finds the buffer too far ahead and leaves its message with the owner, while ours is being written.
        output.DuringFirstWrite = () => owner.Waiting.Enqueue("B"u8.ToArray());
        SendStep step;
        lock (owner.Gate)
        {
            writer.WriteFrame("A"u8, more: false);
            step = writer.Begin();
        }

        Assert.Equal(SendStep.Here, step);
        writer.Send(step);

        Assert.Equal(Hex.Octets("00 01 41 00 01 42"), await output.ReadAsync(octets: 6).WithinAsync());
        var stopping = writer.StopAsync();
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task BurstsThatAreFlushedAgainAndAgain_AreLeftToTheirSender()
    {
        using var sut = new WriterRig();
        Assert.Equal(SendStep.Call, sut.Burst());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Gather, sut.Burst());
        Assert.Equal(WriterRig.BurstLength, sut.Output.Count / 2);
        sut.Writer.Flush();
        Assert.Equal(2 * WriterRig.BurstLength, sut.Output.Count / 2);
        await sut.StopAsync();
    }

    [Fact]
    public async Task BurstThatIsForgotten_IsSentByTheLoopAndTheNextIsLeftToItsSenderOnlyAfterMore()
    {
        using var sut = WriterRig.ThatIsBelieved();
        Assert.Equal(SendStep.Gather, sut.Burst());
        var all = sut.Output.ReadAsync(octets: 4 * WriterRig.BurstLength);
        sut.Writer.SendForgotten();
        await all.WithinAsync();
        Assert.Equal(SendStep.Call, sut.WriteWhenIdle());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Call, sut.Burst());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Gather, sut.Burst());
        await sut.StopAsync();
    }

    /// <summary>A publisher comes back to each of many connections late, and finds it long at rest: in a burst its messages gather all the same.</summary>
    [Fact]
    public async Task MessageToOneOfMany_GathersWhereItsSenderWillBeBackAfterAllOthers()
    {
        const int tenSeconds = 500_000;
        using var alone = new WriterRig();
        using var oneOfMany = new WriterRig();
        oneOfMany.Owner.Spread = tenSeconds;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(1);) Thread.Yield();
        Assert.Equal(SendStep.Here, alone.Write("", mayGather: false));
        Assert.Equal(SendStep.Call, oneOfMany.Write("", mayGather: false));
        Assert.False(alone.Writer.Send(SendStep.Here));
        await alone.StopAsync();
        await oneOfMany.StopAsync();
    }

    [Fact]
    public async Task MessageThatIsAFullChunk_IsLeftToNobody()
    {
        using var sut = WriterRig.ThatIsBelieved();
        Assert.Equal(SendStep.Call, sut.Write(new string('x', 70_000), mayGather: true));
        await sut.StopAsync();
    }

    [Fact]
    public async Task LastOfABurst_TakesAllOfItAlong()
    {
        using var sut = WriterRig.ThatIsBelieved();
        Assert.Equal(SendStep.Gather, sut.Burst());
        Assert.Equal(SendStep.All, sut.Write("", mayGather: false));
        Assert.False(sut.Writer.Send(SendStep.All));
        Assert.Equal((2 * WriterRig.BurstLength) + 1, sut.Output.Count / 2);
        await sut.StopAsync();
    }

    [Fact]
    public async Task FullChunkOfABurst_LeavesAndTheRestIsLeftToItsSender()
    {
        using var sut = WriterRig.ThatIsBelieved();
        var sent = sut.Output.Count;
        Assert.Equal(SendStep.Gather, sut.Burst());
        var step = SendStep.Nothing;
        var text = new string('x', 1000);
        while (step == SendStep.Nothing) step = sut.Write(text, mayGather: true);
        Assert.Equal(SendStep.Here, step);
        Assert.True(sut.Writer.Send(step));
        Assert.InRange(sut.Output.Count - sent, 60 * 1024, 64 * 1024);
        Assert.Equal(SendStep.Nothing, sut.Write("", mayGather: true));
        await sut.StopAsync();
    }

    [PollerFact]
    public async Task Loop_OnAThreadOfThePollerThatOthersWaitFor_GivesWay()
    {
        var poller = Poller.Shared!;
        const int frame = 32 * 1024 - 9;
        const int frames = 128;
        using var sut = new WriterRig();
        var pending = new PendingFlush();
        sut.Output.FirstWrite = pending;
        Assert.False(sut.Writer.Send(sut.Write("", mayGather: false)));
        await pending.IsAwaited.WithinAsync();
        for (var i = 0; i < frames; i++) sut.Owner.Waiting.Enqueue(new byte[frame]);
        var all = sut.Output.ReadAsync(octets: 2 + (frames * (9 + frame)));
        var thread = new Thread(() =>
        {
            sut.Output.Watched = Thread.CurrentThread;
            _ = new PollerThread(poller);
            Assert.True(PollerThread.TryPost(new Nothing()));
            pending.Complete();
        });
        thread.Start();
        Assert.True(thread.Join(TestTimeout.Default));
        await all.WithinAsync();
        Assert.InRange(sut.Output.WatchedOctets, 1, frames * frame / 2);
        await sut.StopAsync();
    }

    [Fact]
    public async Task Loop_FirstCalledWhereSomethingFlows_DoesNotKeepIt()
    {
        using var sut = new WriterRig();
        var flowing = new AsyncLocal<object?>();
        WeakReference? kept = null;
        var thread = new Thread(() =>
        {
            flowing.Value = new object();
            kept = new WeakReference(flowing.Value);
            sut.Writer.Send(sut.Burst());
        });
        thread.Start();
        Assert.True(thread.Join(TestTimeout.Default));
        var limit = TestTimeout.Token;
        while (kept!.IsAlive)
        {
            // The thread may forget it a moment after its end.
            limit.ThrowIfCancellationRequested();
            GC.Collect();
            await Task.Yield();
        }

        await sut.StopAsync();
    }

    /// <summary>A connection may be idle for days.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LargeBodyThatWasSent_IsNotKept(bool waits)
    {
        var output = new GatheringWriter();
        using var sut = new WriterRig(output);
        var pending = waits ? new PendingFlush() : null;
        output.FirstWrite = pending;
        SendLarge(sut);
        if (pending is not null)
        {
            await pending.IsAwaited.WithinAsync();
            pending.Complete();
        }

        for (var limit = TestTimeout.Token; output.LastBody!.IsAlive; await Task.Yield())
        {
            limit.ThrowIfCancellationRequested();
            GC.Collect();
        }

        await sut.StopAsync();
    }

    [Fact]
    public async Task CommandBehindAWriteThatWaits_IsHandedOverAfterItAndTheEndOfTheWaitIsProgress()
    {
        using var sut = new WriterRig();
        var pending = new PendingFlush();
        sut.Output.FirstWrite = pending;
        sut.Writer.Send(sut.Write("A", mayGather: false));
        await pending.IsAwaited.WithinAsync();
        var (before, progress) = (sut.Writer.Handed, sut.Writer.Progress);
        var end = sut.Writer.SendCommand("\u0004PING"u8);
        Assert.Equal(before + Hex.Octets("00 01 41 04 05 04 50 49 4E 47").Length, end);
        Assert.Equal((before, progress), (sut.Writer.Handed, sut.Writer.Progress));
        var all = sut.Output.ReadAsync(octets: 10);
        pending.Complete();
        await all.WithinAsync();
        await sut.StopAsync();
        Assert.Equal(end, sut.Writer.Handed);
        Assert.Equal(progress + 1, sut.Writer.Progress);
    }

    [Fact]
    public async Task CommandThatLeavesAtOnce_IsHandedOverAndNoProgress()
    {
        using var sut = new WriterRig();
        var progress = sut.Writer.Progress;
        var end = sut.Writer.SendCommand("\u0004PING"u8);
        Assert.NotNull(end);
        for (var limit = TestTimeout.Token; sut.Writer.Handed < end; await Task.Yield()) limit.ThrowIfCancellationRequested();
        Assert.Equal(progress, sut.Writer.Progress);
        await sut.StopAsync();
        Assert.Null(sut.Writer.SendCommand("\u0004PING"u8));
    }

    [Fact]
    public async Task CommandBehindFarTooMuch_IsDropped()
    {
        using var sut = new WriterRig();
        var pending = new PendingFlush();
        sut.Output.FirstWrite = pending;
        sut.Writer.Send(sut.Write("A", mayGather: false));
        await pending.IsAwaited.WithinAsync();
        sut.Write(new string('x', 512 * 1024), mayGather: false);
        Assert.Null(sut.Writer.SendCommand("\u0004PING"u8));
        pending.Complete();
        await sut.StopAsync();
    }

    /// <summary>How a message comes to be encoded.</summary>
    public enum Way
    {
        Written,
        Taken,
        Refilled,
        Command,
    }

    /// <summary>A frame with MORE is there, and a nonce used up, without what follows: whatever were sent now the peer would misread.</summary>
    [Theory]
    [InlineData(Way.Written, true)]
    [InlineData(Way.Taken, true)]
    [InlineData(Way.Refilled, false)]
    [InlineData(Way.Command, false)]
    [Spec("ZMTP30-44")]
    public async Task EncodingEndsHalfWay_NothingLeavesAndTheConnectionFails(Way way, bool isCallerTold)
    {
        using var mechanism = new SealingMechanism();
        var owner = new FakeOwner();
        var output = new RecordingWriter();
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var writer = new ConnectionWriter(mechanism, output, owner, error =>
        {
            Assert.False(owner.Gate.IsHeldByCurrentThread);
            failed.TrySetResult(error);
        });
        var message = MessageBuffer.Rent();
        message.AppendFrame("B"u8);
        SendStep step;
        lock (owner.Gate)
        {
            writer.WriteFrame("A"u8, more: true);
            step = writer.Begin();
            mechanism.ClaimedOverhead = Array.MaxLength;
            var error = Record.Exception(() =>
            {
                if (way == Way.Written) writer.WriteMessage(message);
                else if (way == Way.Taken) writer.TakeMessage(message);
            });
            Assert.Equal(isCallerTold, error is OutOfMemoryException);
        }

        if (way == Way.Refilled) owner.Waiting.Enqueue("B"u8.ToArray());
        else if (way == Way.Command) writer.SendCommand("\u0004PONG"u8);
        writer.Send(step);
        Assert.IsType<OutOfMemoryException>(await failed.Task.WithinAsync());
        mechanism.ClaimedOverhead = 0;
        lock (owner.Gate)
        {
            writer.WriteFrame("C"u8, more: false);
            Assert.Equal(SendStep.Nothing, writer.Begin());
        }

        await writer.StopAsync().WithinAsync();
        Assert.Equal(0, output.Count);
        Assert.Equal("B"u8, message.Slot(0).Span);
        message.Return();
    }

    /// <summary>Sends a body that no pool takes back. No local of a test that goes on refers to it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SendLarge(WriterRig sut)
    {
        SendStep step;
        lock (sut.Owner.Gate)
        {
            sut.Writer.WriteFrame(new byte[BlockPool.MaximumSize + 1], more: false);
            step = sut.Writer.Begin();
        }

        sut.Writer.Send(step);
    }

    private sealed class Nothing : IThreadPoolWorkItem
    {
        public void Execute()
        {
        }
    }
}
