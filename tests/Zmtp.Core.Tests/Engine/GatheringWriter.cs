using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Takes a header and its body in one call, as a socket does. Notes where the last body lay, and does not keep it.</summary>
internal sealed class GatheringWriter : RecordingWriter, IGatherWriter
{
    public long Progress => 0;

    public WeakReference? LastBody { get; private set; }

    public ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken)
    {
        if (MemoryMarshal.TryGetArray(segments.Span[^1], out var body)) LastBody = new WeakReference(body.Array);
        return WriteAsync(segments.Span[0], cancellationToken);
    }
}
