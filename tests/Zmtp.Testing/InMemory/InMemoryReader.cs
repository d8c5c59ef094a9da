using System.Buffers;
using System.IO.Pipelines;

namespace Zmtp.Testing;

/// <summary>The reading half of an <see cref="InMemoryConnection"/>; can show the octets in small portions.</summary>
internal sealed class InMemoryReader(InMemoryConnection connection, PipeReader inner, int maximumRead) : PipeReader
{
    private ReadOnlySequence<byte> _shown;
    private long _left;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        connection.ThrowIfAborted();
        var result = await inner.ReadAsync(cancellationToken);
        connection.ThrowIfAborted();
        return Show(result);
    }

    public override bool TryRead(out ReadResult result)
    {
        connection.ThrowIfAborted();
        if (!inner.TryRead(out result)) return false;
        result = Show(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _left = _shown.Slice(consumed).Length;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Show(ReadResult result)
    {
        var all = result.Buffer.Length;
        var length = maximumRead == int.MaxValue ? all : Math.Min(all, _left + maximumRead);
        _shown = result.Buffer.Slice(0, length);
        return new ReadResult(_shown, result.IsCanceled, result.IsCompleted && length == all);
    }
}
