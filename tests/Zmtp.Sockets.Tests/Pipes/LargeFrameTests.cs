using Xunit;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>
/// A sender that copies a large frame within a pipe's gate keeps out the one who sends, who gets in ten times a second then, since the lock
/// lets senders pass until somebody has waited for 100 ms.
/// </summary>
public class LargeFrameTests
{
    private static readonly byte[] Frame = new byte[OutgoingBuffer.ApartLength];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PIPE_LargeFrameThatTheCallerKeeps_IsCopiedOutsideTheGate(bool isMessage)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context);
        await using var pull = new PullSocket(context);
        var pipe = new Pipe(push, "inproc://nowhere", outlivesConnection: true);
        var peer = new Pipe(pull, "inproc://nowhere", outlivesConnection: false);
        using var source = new Source(isMessage);

        SendWhileTheGateIsHeld(pipe, source);
        pipe.Attach(peer);

        Assert.True(peer.Inbound.TryTake(out var message, out _));
        Assert.True(Frame.AsSpan().SequenceEqual(message.Slot(0).Span), "The octets were copied after the gate was entered.");
        message.Return();
    }

    /// <summary>What is sent changes while the sender waits for the gate: by then it must have its copy.</summary>
    private static void SendWhileTheGateIsHeld(Pipe pipe, Source source)
    {
        var isSent = false;
        var sender = new Thread(() => isSent = source.TrySend(pipe)) { IsBackground = true };
        lock (pipe.Gate)
        {
            sender.Start();
            Assert.True(SpinWait.SpinUntil(() => (sender.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default));
            source.Octets.Fill(1);
        }

        Assert.True(sender.Join(TestTimeout.Default));
        Assert.True(isSent);
    }

    /// <summary>Octets of the sender's, as memory or as a message that it keeps.</summary>
    private sealed class Source : IDisposable
    {
        private readonly MessageBuffer _message = MessageBuffer.Rent();
        private readonly bool _isMessage;

        public Source(bool isMessage)
        {
            _isMessage = isMessage;
            _message.AppendFrame(Frame);
        }

        public Span<byte> Octets => _message.Slot(0).Span;

        public bool TrySend(Pipe pipe) => _isMessage ? pipe.TrySend(_message, keep: true) : pipe.TrySend(Octets);

        public void Dispose() => _message.Return();
    }
}
