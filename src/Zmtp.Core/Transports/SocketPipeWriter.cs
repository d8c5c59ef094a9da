using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>
/// Writes a socket. <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/> sends from the caller's memory, without a
/// copy and without an allocation; <see cref="GetMemory"/> and <see cref="FlushAsync"/> go through a small buffer that is held only
/// while it has octets.
/// </summary>
/// <remarks>
/// One write at a time. Writes fail with <see cref="ZmtpException"/> (network, may be retried) when the connection is lost or was
/// aborted. A write that is cancelled after it began leaves the peer in the middle of a frame, so the connection is aborted.
/// </remarks>
internal sealed partial class SocketPipeWriter : PipeWriter, IGatherWriter
{
    /// <summary>
    /// Segments that go with one system call. Up to eight the runtime keeps its vectors on the stack; above, it allocates two
    /// arrays at each call.
    /// </summary>
    internal const int MaximumSegments = 8;

    private const int MinimumBuffer = 4 * 1024;

    private readonly SocketConnection _connection;
    private readonly Socket _socket;
    private readonly SocketWaits _waits;
    private List<ArraySegment<byte>>? _gathered;
    private PendingWrite? _pending;
    private byte[]? _buffer;
    private int _buffered;
    private int _cancelRequested;
    private bool _isCompleted;
    private bool _isWriting;
    private long _progress;

    public SocketPipeWriter(SocketConnection connection, Socket socket, SocketWaits waits)
    {
        _connection = connection;
        _socket = socket;
        _waits = waits;
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffered;

    public long Progress => Volatile.Read(ref _progress);

    /// <summary>Whether the buffer behind <see cref="GetMemory"/> is held at this moment: for tests.</summary>
    internal bool HoldsBuffer => _buffer is not null;

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfNotWritable();
        if (_buffered > 0)
        {
            this.Write(source.Span);
            return FlushAsync(cancellationToken);
        }
        return SendAsync(source, cancellationToken);
    }

    public ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> segments, CancellationToken cancellationToken)
    {
        ThrowIfNotWritable();
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (TakeCancelRequest()) return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
        try
        {
            if (_buffered > 0) return FinishAsync(_buffer.AsMemory(0, _buffered), segments, cancellationToken);
            var sent = SendGathered(segments.Span);
            while (!segments.IsEmpty && sent >= segments.Span[0].Length)
            {
                sent -= segments.Span[0].Length;
                segments = segments[1..];
            }
            return segments.IsEmpty ? default : FinishAsync(segments.Span[0][sent..], segments[1..], cancellationToken);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            return ValueTask.FromException<FlushResult>(_connection.Fail(exception));
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsMemory(_buffered);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsSpan(_buffered);
    }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _buffered);
        _buffered += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfNotWritable();
        if (_buffered == 0)
        {
            GiveBack();
            return new ValueTask<FlushResult>(new FlushResult(TakeCancelRequest(), isCompleted: false));
        }
        var flush = SendAsync(_buffer.AsMemory(0, _buffered), cancellationToken);
        if (_isWriting || !flush.IsCompletedSuccessfully) return flush;
        var result = flush.Result;
        if (!result.IsCanceled) GiveBack();
        return new ValueTask<FlushResult>(result);
    }

    /// <summary>
    /// Makes the pending, or else the next, write return a result that is cancelled. The next one then has sent nothing; a
    /// pending one aborts the connection, because nobody knows how much of it is on its way.
    /// </summary>
    public override void CancelPendingFlush()
    {
        Interlocked.Exchange(ref _cancelRequested, 1);
        if (Volatile.Read(ref _isWriting)) _waits.CancelWrite();
    }

    /// <summary>
    /// Ends writing: half-closes the connection, or aborts it if there is an exception. Octets that were not flushed are dropped;
    /// <see cref="CompleteAsync"/> flushes them.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted) return;
        _isCompleted = true;
        if (!_isWriting) GiveBack();
        if (exception is null) _connection.CompleteOutput();
        else _connection.Abort();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (!_isCompleted && exception is null && _buffered > 0) await FlushAsync().ConfigureAwait(false);
        Complete(exception);
    }

    /// <summary>Gives the buffers back when the connection is disposed.</summary>
    internal void Release()
    {
        _isCompleted = true;
        // A write that is pending owns the buffer until it ends, and gives it back itself.
        if (!_isWriting) GiveBack();
    }

    private void ThrowIfNotWritable()
    {
        if (_isCompleted) throw new InvalidOperationException("The writer was completed.");
        if (_isWriting) throw new InvalidOperationException("Another write is pending; there may be one at a time.");
        if (_connection.IsAborted) throw SocketFaults.Aborted(_connection.RemoteEndpoint);
    }

    private ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (TakeCancelRequest()) return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
        if (source.IsEmpty) return default;
        try
        {
            // The system call is made here and now; only what the socket does not take at once is waited for.
            var sent = SendWait.Send(_socket, source.Span);
            return sent == source.Length ? default : FinishAsync(source[sent..], behind: default, cancellationToken);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            return ValueTask.FromException<FlushResult>(_connection.Fail(exception));
        }
    }

    private ValueTask<FlushResult> FinishAsync(
        ReadOnlyMemory<byte> rest, ReadOnlyMemory<ReadOnlyMemory<byte>> behind, CancellationToken cancellationToken) =>
        (_pending ??= new PendingWrite(this)).Begin(rest, behind, cancellationToken);

    private bool IsCancelled(CancellationToken cancellationToken) => _cancelRequested != 0 || cancellationToken.IsCancellationRequested;

    // The peer is in the middle of a frame.
    private FlushResult EndHalfWay(CancellationToken cancellationToken)
    {
        _connection.Abort();
        cancellationToken.ThrowIfCancellationRequested();
        TakeCancelRequest();
        return new FlushResult(isCanceled: true, isCompleted: false);
    }

    private int SendGathered(ReadOnlySpan<ReadOnlyMemory<byte>> segments)
    {
        _gathered ??= new List<ArraySegment<byte>>(MaximumSegments);
        foreach (var segment in segments)
        {
            // Memory that no array is behind cannot be gathered by the system's interface; it goes alone, later.
            if (_gathered.Count == MaximumSegments || !MemoryMarshal.TryGetArray(segment, out var array)) break;
            if (array.Count > 0) _gathered.Add(array);
        }
        if (_gathered.Count == 0) return 0;
        try
        {
            return SendWait.Sent(_socket.Send(_gathered, SocketFlags.None, out var error), error);
        }
        finally
        {
            _gathered.Clear();
        }
    }

    private void EnsureRoom(int sizeHint)
    {
        ThrowIfNotWritable();
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = _buffered + Math.Max(sizeHint, 1);
        if (_buffer is not null && _buffer.Length >= needed) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, MinimumBuffer));
        if (_buffer is not null)
        {
            _buffer.AsSpan(0, _buffered).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
        }
        _buffer = larger;
    }

    private bool TakeCancelRequest() => _cancelRequested != 0 && Interlocked.Exchange(ref _cancelRequested, 0) != 0;

    // Once only: the write that ends and a thread that disposes of the connection meanwhile may both come here.
    private void GiveBack()
    {
        var buffer = Interlocked.Exchange(ref _buffer, null);
        _buffered = 0;
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
    }
}
