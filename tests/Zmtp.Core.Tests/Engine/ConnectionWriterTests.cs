using System.IO.Pipelines;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Testing;

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

    /// <summary>Takes every write at once, and keeps it.</summary>
    private sealed class RecordingWriter : PipeWriter
    {
        private readonly Lock _gate = new();
        private readonly List<byte> _octets = [];
        private readonly TaskCompletionSource<byte[]> _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _wanted = int.MaxValue;

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
