using System.IO.Pipelines;

namespace Zmtp.Testing;

/// <summary>The writing half of an <see cref="InMemoryConnection"/>.</summary>
internal sealed class InMemoryWriter(InMemoryConnection connection, PipeWriter inner) : PipeWriter
{
    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        GuardAsync(() => inner.WriteAsync(source, cancellationToken));

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        GuardAsync(() => inner.FlushAsync(cancellationToken));

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private async ValueTask<FlushResult> GuardAsync(Func<ValueTask<FlushResult>> write)
    {
        connection.ThrowIfPeerGone();
        try
        {
            var result = await write();
            connection.ThrowIfPeerGone();
            return result;
        }
        catch (InvalidOperationException) when (connection.IsAborted)
        {
            connection.ThrowIfAborted();
            throw;
        }
    }
}
