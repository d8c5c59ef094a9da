using System.IO.Pipelines;

namespace Zmtp.Core.Tests.Engine;

/// <summary>Takes every write at once, and keeps it.</summary>
internal class RecordingWriter : PipeWriter
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

    /// <summary>When the first write ends; at once without it.</summary>
    public PendingFlush? FirstWrite { get; set; }

    /// <summary>Whose octets are counted apart.</summary>
    public Thread? Watched { get; set; }

    /// <summary>Octets that <see cref="Watched"/> has written.</summary>
    public long WatchedOctets { get; private set; }

    public Task<byte[]> ReadAsync(int octets)
    {
        lock (_gate)
        {
            _wanted = octets;
            Check();
        }

        return _enough.Task;
    }

    public void Clear()
    {
        lock (_gate) _octets.Clear();
    }

    public void Fail(Exception error) => _enough.TrySetException(error);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        DuringFirstWrite?.Invoke();
        DuringFirstWrite = null;
        if (Thread.CurrentThread == Watched) WatchedOctets += source.Length;
        lock (_gate)
        {
            _octets.AddRange(source.Span);
            Check();
        }

        var first = FirstWrite;
        FirstWrite = null;
        return first is null ? default : new ValueTask<FlushResult>(first, 0);
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
