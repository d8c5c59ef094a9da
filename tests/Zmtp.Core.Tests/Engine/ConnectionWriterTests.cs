using System.IO.Pipelines;
using System.Text;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

public class ConnectionWriterTests
{
    // Empty messages of two octets: no full chunk, and so many that a pause of the machine does not make the burst slow.
    private const int Burst = 30_000;

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
        using var sut = new Sut();
        Assert.Equal(SendStep.Call, sut.Burst());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Gather, sut.Burst());
        Assert.Equal(Burst, sut.Output.Count / 2);
        sut.Writer.Flush();
        Assert.Equal(2 * Burst, sut.Output.Count / 2);
        await sut.StopAsync();
    }

    [Fact]
    public async Task BurstThatIsForgotten_IsSentByTheLoopAndTheNextIsLeftToItsSenderOnlyAfterMore()
    {
        using var sut = Sut.ThatIsBelieved();
        Assert.Equal(SendStep.Gather, sut.Burst());
        var all = sut.Output.ReadAsync(octets: 4 * Burst);
        sut.Writer.Remind();
        await all.WithinAsync();
        Assert.Equal(SendStep.Call, sut.WriteWhenIdle());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Call, sut.Burst());
        sut.Writer.Flush();
        Assert.Equal(SendStep.Gather, sut.Burst());
        await sut.StopAsync();
    }

    [Fact]
    public async Task MessageThatIsAFullChunk_IsLeftToNobody()
    {
        using var sut = Sut.ThatIsBelieved();
        Assert.Equal(SendStep.Call, sut.Write(new string('x', 70_000), mayGather: true));
        await sut.StopAsync();
    }

    [Fact]
    public async Task LastOfABurst_TakesAllOfItAlong()
    {
        using var sut = Sut.ThatIsBelieved();
        Assert.Equal(SendStep.Gather, sut.Burst());
        Assert.Equal(SendStep.All, sut.Write("", mayGather: false));
        Assert.False(sut.Writer.Send(SendStep.All));
        Assert.Equal((2 * Burst) + 1, sut.Output.Count / 2);
        await sut.StopAsync();
    }

    [Fact]
    public async Task FullChunkOfABurst_LeavesAndTheRestIsLeftToItsSender()
    {
        using var sut = Sut.ThatIsBelieved();
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

    private sealed class Sut : IDisposable
    {
        private readonly FakeOwner _owner = new();
        private readonly Mechanism _mechanism =
            NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: true));

        public Sut() => Writer = new ConnectionWriter(_mechanism, Output, _owner, error => Output.Fail(error));

        /// <summary>One whose sender has flushed a burst itself.</summary>
        public static Sut ThatIsBelieved()
        {
            var sut = new Sut();
            sut.Burst();
            sut.Writer.Flush();
            return sut;
        }

        public RecordingWriter Output { get; } = new();

        public ConnectionWriter Writer { get; }

        public SendStep Write(string text, bool mayGather)
        {
            lock (_owner.Gate)
            {
                Writer.WriteFrame(Encoding.ASCII.GetBytes(text), more: false);
                return Writer.Begin(mayGather);
            }
        }

        /// <summary>Empty messages, of which the first decides how they are sent; the loop is not called.</summary>
        public SendStep Burst()
        {
            var first = Write("", mayGather: true);
            var others = 0;
            for (var i = 1; i < ConnectionWriterTests.Burst; i++)
            {
                if (Write("", mayGather: true) != SendStep.Nothing) others++;
            }

            Assert.Equal(0, others);
            return first;
        }

        /// <summary>What is decided about a message while nobody sends.</summary>
        public SendStep WriteWhenIdle()
        {
            var limit = TestTimeout.Token;
            while (true)
            {
                var step = Write("", mayGather: true);
                if (step != SendStep.Nothing) return step;
                limit.ThrowIfCancellationRequested();
                Thread.Yield();
            }
        }

        public Task StopAsync() => Writer.StopAsync().WithinAsync();

        public void Dispose()
        {
            Writer.Dispose();
            _mechanism.Dispose();
        }
    }

    /// <summary>Takes every write at once, and keeps it.</summary>
    private sealed class RecordingWriter : PipeWriter
    {
        private readonly Lock _gate = new();
        private readonly List<byte> _octets = [];
        private readonly TaskCompletionSource<byte[]> _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _wanted = int.MaxValue;

        /// <summary>Octets so far.</summary>
        public int Count
        {
            get
            {
                lock (_gate) return _octets.Count;
            }
        }

        public Action? DuringFirstWrite { get; set; }

        public Task<byte[]> ReadAsync(int octets)
        {
            lock (_gate)
            {
                _wanted = octets;
                Check();
            }

            return _enough.Task;
        }

        public void Fail(Exception error) => _enough.TrySetException(error);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            DuringFirstWrite?.Invoke();
            DuringFirstWrite = null;
            lock (_gate)
            {
                _octets.AddRange(source.Span);
                Check();
            }

            return default;
        }

        public override void Advance(int bytes) => throw new NotSupportedException();

        public override Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public override Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();

        public override void CancelPendingFlush() => throw new NotSupportedException();

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override void Complete(Exception? exception = null)
        {
        }

        private void Check()
        {
            if (_octets.Count >= _wanted) _enough.TrySetResult([.. _octets]);
        }
    }
}
