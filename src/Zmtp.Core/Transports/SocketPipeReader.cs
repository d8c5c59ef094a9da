using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>
/// Reads a socket without a pipe, a pump task or an allocation per read. While it waits nothing is being received, so an idle
/// connection holds no buffer.
/// </summary>
/// <remarks>
/// One read at a time. <see cref="CancelPendingRead"/> and <see cref="SocketConnection.Abort"/> may come from any thread. Reads fail
/// with <see cref="ZmtpException"/> (network, may be retried) when the connection is lost or was aborted. The sequence that a
/// read returns is always one segment.
/// </remarks>
internal sealed class SocketPipeReader : PipeReader, IDirectReader, IValueTaskSource<ReadResult>
{
    /// <summary>
    /// Octets that may come along behind the rest of a large frame. Few, since those of a next large frame have to be copied to their place.
    /// </summary>
    private const int MaximumOvershoot = 4 * 1024;

    /// <summary>
    /// Octets of a large frame that one receive takes: the thread may be one that waits for the events of all, and the kernel may hold many times as many.
    /// Measured over loopback at 1 MiB: without a limit as many messages, with 512 KiB 0.96 over tcp and ipc, with 256 KiB 0.91 and 0.94.
    /// </summary>
    internal const int MaximumReceive = 1024 * 1024;

    private readonly SocketConnection _connection;
    private readonly Socket _socket;
    private readonly SocketWaits _waits;
    private readonly ReceiveBuffer _buffer = new();
    private readonly Action _onReadable;

    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _wait;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;

    private int _cancelRequested;
    private List<ArraySegment<byte>>? _scatter;

    private bool _isReading;
    private bool _isCompleted;
    private bool _endOfInput;
    private bool _examinedAll = true;
    // The last receive filled its buffer: try to receive before waiting. After a short one the socket is most likely drained.
    private bool _moreIsLikely;

    public SocketPipeReader(SocketConnection connection, Socket socket, SocketWaits waits)
    {
        _connection = connection;
        _socket = socket;
        _waits = waits;
        _onReadable = OnReadable;
    }

    /// <summary>Whether a receive buffer is held at this moment: for tests.</summary>
    internal bool HoldsBuffer => _buffer.IsRented;

    public bool HasUnread => _buffer.Length > 0 && !_examinedAll;

    public bool MoreIsLikely => _moreIsLikely;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfNotReadable();
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        if (TryTake(out var result)) return new ValueTask<ReadResult>(result);

        _token = cancellationToken;
        try
        {
            if (Continue(afterWait: false, out result)) return new ValueTask<ReadResult>(result);
            _isReading = true;
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            return ValueTask.FromException<ReadResult>(Fail(exception));
        }
        catch (OperationCanceledException)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }
        finally
        {
            // As at the end of a read that has waited.
            if (!_isReading) _token = default;
        }

        _source.Reset();
        _registration = cancellationToken.UnsafeRegister(static reader => ((SocketPipeReader)reader!)._waits.CancelRead(), this);
        _wait.UnsafeOnCompleted(_onReadable);
        return new ValueTask<ReadResult>(this, _source.Version);
    }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfNotReadable();
        if (TryTake(out result)) return true;
        try
        {
            if (!TryReceive())
            {
                if (_buffer.Length == 0) _buffer.GiveBack();
                return false;
            }
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            throw Fail(exception);
        }
        result = Take(isCanceled: false);
        return true;
    }

    public ValueTask WaitToReadAsync()
    {
        try
        {
            var wait = _waits.ReadableAsync();
            return _waits.TellsOfFaults ? Translate(wait) : wait;
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            return ValueTask.FromException(Fail(exception));
        }
    }

    public void TellWhenPeerLeaves(IThreadPoolWorkItem told) => _waits.TellWhenPeerLeaves(told);

    public bool TryHold(Lookout lookout) => _waits.TryHold(lookout);

    public bool TryGoOn(Lookout lookout) => _waits.TryGoOn(lookout);

    public bool TryReadInto(Memory<byte> destination, out int count)
    {
        ThrowIfNotReadable();
        if (_buffer.Length > 0) throw new InvalidOperationException("Consume what was read before reading into other memory.");
        if (_connection.IsAborted) throw SocketFaults.Aborted(_connection.RemoteEndpoint);
        count = 0;
        if (_endOfInput || destination.IsEmpty) return true;
        try
        {
            return TryReceiveInto(destination, out count);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            throw Fail(exception);
        }
        finally
        {
            if (_buffer.Length == 0) _buffer.GiveBack();
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _examinedAll = _buffer.IsEnd(examined);
        _buffer.Consume(consumed);

        // The caller has no reason to read on before it waits, and while it waits others may read in its place.
        if (_buffer.Length == 0 && !_moreIsLikely) _buffer.GiveBack();
    }

    public bool TryLend(out ArraySegment<byte> octets) => _buffer.TryLend(out octets);

    public void AdvanceAndKeep(int consumed, bool hasExaminedAll)
    {
        _examinedAll = hasExaminedAll;
        _buffer.Leave(consumed);
    }

    /// <summary>
    /// Makes the pending, or else the next, <see cref="ReadAsync"/> return a result that is cancelled. A pending <see cref="WaitToReadAsync"/> ends as if
    /// something had come.
    /// </summary>
    public override void CancelPendingRead()
    {
        Interlocked.Exchange(ref _cancelRequested, 1);
        _waits.CancelRead();
    }

    /// <summary>Ends reading and gives the buffer back. The connection goes on in the other direction.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (_isReading) throw new InvalidOperationException("A read is pending; end it before completing the reader.");
        _isCompleted = true;
        _buffer.GiveBack();
    }

    /// <summary>Gives the buffer back when the connection is disposed.</summary>
    internal void Release()
    {
        _isCompleted = true;
        // A read that the caller failed to await owns the buffer until it ends, and gives it back itself.
        if (!_isReading) _buffer.GiveBack();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        // First, and a token of an earlier read throws here too: what is not over, or another read by now, goes on.
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The read is not over yet. Await it, or block with AsTask().GetAwaiter().GetResult().");
        }

        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            // Whoever waited is not kept: after the handshake nobody reads this way any more.
            _source.Reset();
            _token = default;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void ThrowIfNotReadable()
    {
        if (_isCompleted) throw new InvalidOperationException("The reader was completed.");
        if (_isReading) throw new InvalidOperationException("Another read is pending; there may be one at a time.");
    }

    // What is known without asking the socket.
    private bool TryTake(out ReadResult result)
    {
        if (_connection.IsAborted) throw SocketFaults.Aborted(_connection.RemoteEndpoint);
        var isCanceled = TakeCancelRequest();
        if (isCanceled || _endOfInput || (!_examinedAll && _buffer.Length > 0))
        {
            result = Take(isCanceled);
            return true;
        }
        result = default;
        return false;
    }

    private ReadResult Take(bool isCanceled)
    {
        _examinedAll = false;
        return new ReadResult(_buffer.Unconsumed, isCanceled, _endOfInput);
    }

    // Receives; waits where nothing is there. True: the result is there. False: _wait is pending, and nothing may be touched
    // once a continuation is attached to it.
    private bool Continue(bool afterWait, out ReadResult result)
    {
        for (;;)
        {
            if (afterWait)
            {
                _wait.GetResult();
                if (_connection.IsAborted) throw SocketFaults.Aborted(_connection.RemoteEndpoint);
                _token.ThrowIfCancellationRequested();
                if (TakeCancelRequest())
                {
                    result = Take(isCanceled: true);
                    return true;
                }
            }
            if ((afterWait || _moreIsLikely) && TryReceive())
            {
                result = Take(isCanceled: false);
                return true;
            }
            StartWait();
            if (!_wait.IsCompleted)
            {
                if (_buffer.Length == 0) _buffer.GiveBack();
                result = default;
                return false;
            }
            afterWait = true;
        }
    }

    private void StartWait()
    {
#pragma warning disable CA2012 // Its awaiter is consumed exactly once: by Continue, before the next wait starts.
        _wait = _waits.ReadableAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        // Whoever cancels writes the request and then ends the wait; here it is the other way round. One of the two sees the other.
        Interlocked.MemoryBarrier();
        if (_cancelRequested != 0 || _token.IsCancellationRequested) _waits.CancelRead();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask Translate(ValueTask wait)
    {
        try
        {
            await wait.ConfigureAwait(false);
        }
        catch (Exception exception) when (SocketFaults.IsFault(exception))
        {
            throw Fail(exception);
        }
    }

    private bool TakeCancelRequest() => _cancelRequested != 0 && Interlocked.Exchange(ref _cancelRequested, 0) != 0;

    private bool TryReceive()
    {
        var free = _buffer.Free();
        var count = _socket.Receive(free, SocketFlags.None, out var error);
        if (error == SocketError.Success)
        {
            _endOfInput = count == 0;
            _moreIsLikely = count > 0 && _buffer.Add(count);
            if (_buffer.Length == 0) _buffer.GiveBack();
            return true;
        }
        _moreIsLikely = false;
        return error == SocketError.WouldBlock ? false : throw new SocketException((int)error);
    }

    private bool TryReceiveInto(Memory<byte> destination, out int count)
    {
        var isPiece = destination.Length > MaximumReceive;
        var wanted = isPiece ? MaximumReceive : destination.Length;
        var room = wanted;
        var received = isPiece
            ? _socket.Receive(destination.Span[..wanted], SocketFlags.None, out var error)
            : ReceiveRest(destination, out room, out error);
        _moreIsLikely = false;
        count = 0;
        if (error == SocketError.WouldBlock) return false;
        if (error != SocketError.Success) throw new SocketException((int)error);
        count = Math.Min(received, wanted);
        _endOfInput = received == 0;

        // What did not fill the room behind it has drained the socket.
        _moreIsLikely = received == room;
        if (received == count) return true;
        _buffer.Add(received - count);
        _examinedAll = false;
        return true;
    }

    // One system call for the rest of a large frame and the start of what follows it, which would else cost one of its own.
    private int ReceiveRest(Memory<byte> destination, out int room, out SocketError error)
    {
        if (!MemoryMarshal.TryGetArray<byte>(destination, out var rest)) throw new ArgumentException("Only arrays can be read into.", nameof(destination));
        var behind = _buffer.FreeSegment(MaximumOvershoot);
        room = rest.Count + behind.Count;
        _scatter ??= [default, default];
        _scatter[0] = rest;
        _scatter[1] = behind;
        var received = _socket.Receive(_scatter, SocketFlags.None, out error);
        _scatter[0] = _scatter[1] = ArraySegment<byte>.Empty;
        return received;
    }

    // Runs on a thread of the poller or the pool when the socket has something, or failed.
    private void OnReadable()
    {
        ReadResult result = default;
        Exception? failure = null;
        try
        {
            if (!Continue(afterWait: true, out result))
            {
                _wait.UnsafeOnCompleted(_onReadable);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            failure = new OperationCanceledException(_token);
        }
        catch (Exception exception)
        {
            failure = SocketFaults.IsFault(exception) ? Fail(exception) : exception;
        }
        // Not Dispose: that would wait for a callback that may wait for this thread.
        Uninterrupted.Run(_registration, static registration => registration.Unregister());
        _registration = default;
        _isReading = false;
        if (_isCompleted) _buffer.GiveBack();
        if (failure is null) _source.SetResult(result);
        else _source.SetException(failure);
    }

    private ZmtpException Fail(Exception exception) => _connection.Fail(exception);
}
