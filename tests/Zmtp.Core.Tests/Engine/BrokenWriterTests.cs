using Xunit;
using Zmtp.Engine;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class BrokenWriterTests
{
    /// <summary>The loop waits for a peer that does not read, and may do so for ever.</summary>
    [Fact]
    public async Task EncodingEndsHalfWayWhileTheLoopWaitsForThePeer_TheConnectionFailsAtOnce()
    {
        using var mechanism = new SealingMechanism();
        var owner = new FakeOwner();
        var pending = new PendingFlush();
        var output = new RecordingWriter { FirstWrite = pending };
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var writer = new ConnectionWriter(mechanism, output, owner, error => failed.TrySetResult(error));
        SendStep step;
        lock (owner.Gate)
        {
            writer.WriteFrame("A"u8, more: false);
            step = writer.Begin();
        }

        writer.Send(step);
        await pending.IsAwaited.WithinAsync();
        mechanism.ClaimedOverhead = Array.MaxLength;
        Exception? error;
        lock (owner.Gate) error = Record.Exception(() => writer.WriteFrame("B"u8, more: false));

        Assert.Same(Assert.IsType<OutOfMemoryException>(error), await failed.Task.WithinAsync());
        pending.Complete();
        await writer.StopAsync().WithinAsync();
    }

    /// <summary>Entering a lock that another thread has takes memory, and so does waking the loop.</summary>
    [Fact]
    public void SEND_TheWriteFailsAndThereIsNoMemoryToGiveUpTheTurn_TheConnectionFailsAllTheSame()
    {
        using var mechanism = new SealingMechanism();
        var owner = new FakeOwner();
        var cause = new IOException("The peer is gone.");
        var output = new RecordingWriter
        {
            DuringFirstWrite = () =>
            {
                owner.BeforeGate = static () => _ = new byte[int.MaxValue];
                throw cause;
            },
        };
        Exception? told = null;
        using var writer = new ConnectionWriter(mechanism, output, owner, error => told = error);
        SendStep step;
        lock (owner.Gate)
        {
            writer.WriteFrame("A"u8, more: false);
            step = writer.Begin();
        }

        Assert.IsType<OutOfMemoryException>(Record.Exception(() => writer.Send(step)));

        owner.BeforeGate = null;
        Assert.Same(cause, told);
    }
}
