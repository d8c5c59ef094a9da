using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

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
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing; the connection releases the rest.")]
internal sealed class SocketPipeWriter : PipeWriter, IGatherWriter
{
    private const int MinimumBuffer = 4 * 1024;

    private readonly SocketConnection _connection;
    private readonly Socket _socket;
    private SocketGatherOperation? _gather;
    private byte[]? _buffer;
    private int _buffered;

    // Ends a send that is pending. Replaced after use.
    private CancellationTokenSource _endSend = new();
    private int _cancelRequested;
    private bool _isCompleted;
    private bool _isWriting;

    public SocketPipeWriter(SocketConnection connection, Socket socket)
    {
        _connection = connection;
        _socket = socket;
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffered;

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
        _gather ??= new SocketGatherOperation(_socket);
        // The usual case, all of it taken at once, needs no state machine.
        var loaded = _buffered == 0 ? _gather.Load(segments.Span) : 0;
        ValueTask send = default;
        if (!_gather.IsEmpty)
        {
            try
            {
                send = _gather.SendAsync();
            }
            catch (ObjectDisposedException exception)
            {
                return ValueTask.FromException<FlushResult>(_connection.Fail(exception));
            }
        }
        if (loaded == segments.Length && send.IsCompletedSuccessfully && _gather.IsEmpty)
        {
            _gather.Clear();
            return default;
        }
        _isWriting = true;
        return FinishGatherAsync(send, segments[loaded..], cancellationToken);
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
        if (!flush.IsCompletedSuccessfully) return FinishFlushAsync(flush);
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
        if (Volatile.Read(ref _isWriting)) EndSend();
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
        if (_isWriting) return; // A write that the caller failed to await owns the buffer; the collector gets it.
        GiveBack();
        _gather?.Dispose();
        _gather = null;
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
        if (_endSend.IsCancellationRequested) _endSend = new CancellationTokenSource();
        try
        {
            // The system call is made here and now; only what the socket does not take at once is waited for.
            var send = _socket.SendAsync(source, SocketFlags.None, _endSend.Token);
            if (!send.IsCompleted)
            {
                _isWriting = true;
                return FinishSendAsync(send, source, cancellationToken);
            }
            var sent = send.GetAwaiter().GetResult();
            if (sent == source.Length) return default;
            _isWriting = true;
            return FinishSendAsync(new ValueTask<int>(sent), source, cancellationToken);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            return ValueTask.FromException<FlushResult>(_connection.Fail(exception));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FinishSendAsync(
        ValueTask<int> send, ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static writer => ((SocketPipeWriter)writer!).EndSend(), this);
        Interlocked.MemoryBarrier();
        if (_cancelRequested != 0) EndSend();
        try
        {
            for (;;)
            {
                rest = rest[await send.ConfigureAwait(false)..];
                if (rest.IsEmpty) return default;
                send = _socket.SendAsync(rest, SocketFlags.None, _endSend.Token);
            }
        }
        catch (OperationCanceledException)
        {
            _connection.Abort();
            cancellationToken.ThrowIfCancellationRequested();
            TakeCancelRequest();
            return new FlushResult(isCanceled: true, isCompleted: false);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            throw _connection.Fail(exception);
        }
        finally
        {
            _isWriting = false;
            await registration.DisposeAsync().ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FinishFlushAsync(ValueTask<FlushResult> flush)
    {
        var result = await flush.ConfigureAwait(false);
        GiveBack();
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FinishGatherAsync(
        ValueTask send, ReadOnlyMemory<ReadOnlyMemory<byte>> rest, CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static writer => ((SocketPipeWriter)writer!)._connection.Abort(), this);
        try
        {
            if (_buffered > 0)
            {
                await SendWholeAsync(_buffer.AsMemory(0, _buffered)).ConfigureAwait(false);
                GiveBack();
            }
            for (;;)
            {
                await send.ConfigureAwait(false);
                while (!_gather!.IsEmpty) await _gather.SendAsync().ConfigureAwait(false);
                if (rest.IsEmpty) return default;
                var loaded = _gather.Load(rest.Span);
                // Memory that no array is behind cannot be gathered by the system's interface; it goes alone.
                send = loaded > 0 ? default : SendWholeAsync(rest.Span[0]);
                rest = rest[Math.Max(loaded, 1)..];
            }
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _connection.Fail(exception);
        }
        finally
        {
            _gather?.Clear();
            _isWriting = false;
            await registration.DisposeAsync().ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendWholeAsync(ReadOnlyMemory<byte> rest)
    {
        while (!rest.IsEmpty) rest = rest[await _socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
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

    private void EndSend()
    {
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _endSend).Cancel();
    }

    private bool TakeCancelRequest() => _cancelRequested != 0 && Interlocked.Exchange(ref _cancelRequested, 0) != 0;

    private void GiveBack()
    {
        var buffer = _buffer;
        _buffer = null;
        _buffered = 0;
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
    }
}
