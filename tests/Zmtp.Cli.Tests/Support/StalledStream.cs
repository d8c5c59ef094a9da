using System.Text;
using Zmtp.Cli.Consoles;

namespace Zmtp.Cli.Tests;

/// <summary>Standard output that nobody reads and that is full: what is written waits until the stream is released, or disposed of.</summary>
internal sealed class StalledStream : WriteOnlyStream
{
    private readonly MemoryStream _written = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once something is being written.</summary>
    public Task Reached => _reached.Task;

    /// <summary>What was written, once it was released.</summary>
    public string Text => Encoding.UTF8.GetString(_written.ToArray());

    /// <summary>Somebody reads it from now on.</summary>
    public void Release() => _released.TrySetResult();

    public override void Write(byte[] buffer, int offset, int count)
    {
        _reached.TrySetResult();
        _released.Task.Wait();
        _written.Write(buffer, offset, count);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // As the system's: a write that is under way cannot be called back.
        _reached.TrySetResult();
        await _released.Task;
        await _written.WriteAsync(buffer, CancellationToken.None);
    }

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }
}
