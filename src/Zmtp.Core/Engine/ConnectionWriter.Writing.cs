using System.IO.Pipelines;
using Zmtp.Transports;

namespace Zmtp.Engine;

// How a chunk is handed to the transport: one of our own takes header and body at once, one of the application's is a pipe and nothing more.
internal sealed partial class ConnectionWriter
{
    private ValueTask<FlushResult> WriteAsync(in OutgoingChunk chunk)
    {
        if (_output is not IGatherWriter gatherer) return WritePipeAsync(chunk);
        if (chunk.Body.Length == 0) return _output.WriteAsync(chunk.Memory);
        _segments ??= new ReadOnlyMemory<byte>[2];
        _segments[0] = chunk.Memory;
        _segments[1] = chunk.BodyMemory;
        return gatherer.WriteAsync(_segments, CancellationToken.None);
    }

    /// <summary>
    /// Where the transport has to wait it may be meant to go on where it began. On the thread of a caller that would be in its surroundings, and it may
    /// block: then nothing would ever be sent any more.
    /// </summary>
    private ValueTask<FlushResult> WritePipeAsync(in OutgoingChunk chunk)
    {
        // Unlike a context a task's scheduler cannot be put aside for a while.
        if (TaskScheduler.Current != TaskScheduler.Default) return WriteElsewhereAsync(chunk);
        var surroundings = SynchronizationContext.Current;
        if (surroundings is not null) SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return WriteHereAsync(chunk);
        }
        finally
        {
            if (surroundings is not null) SynchronizationContext.SetSynchronizationContext(surroundings);
        }
    }

    private async ValueTask<FlushResult> WriteElsewhereAsync(OutgoingChunk chunk)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await WriteHereAsync(chunk).ConfigureAwait(false);
    }

    private ValueTask<FlushResult> WriteHereAsync(in OutgoingChunk chunk) =>
        chunk.Body.Length == 0 ? _output.WriteAsync(chunk.Memory) : WriteBothAsync(chunk);

    private async ValueTask<FlushResult> WriteBothAsync(OutgoingChunk chunk)
    {
        await _output.WriteAsync(chunk.Memory).ConfigureAwait(false);
        return await _output.WriteAsync(chunk.BodyMemory).ConfigureAwait(false);
    }
}
