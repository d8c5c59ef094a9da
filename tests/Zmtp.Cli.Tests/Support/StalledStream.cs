using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>Standard output that nobody reads and that is full: what is written waits until the stream is disposed of.</summary>
internal sealed class StalledStream : WriteOnlyStream
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once something is being written.</summary>
    public Task Reached => _reached.Task;

    public override void Write(byte[] buffer, int offset, int count)
    {
        _reached.TrySetResult();
        _released.Task.Wait();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // As the system's: a write that is under way cannot be called back.
        _reached.TrySetResult();
        await _released.Task;
    }

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        _released.TrySetResult();
        base.Dispose(disposing);
    }
}
