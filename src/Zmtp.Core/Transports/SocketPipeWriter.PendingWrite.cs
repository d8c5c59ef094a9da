using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Zmtp.Threading;

namespace Zmtp.Transports;

// What the socket did not take at once.
internal sealed partial class SocketPipeWriter
{
    /// <summary>
    /// The one write that waits, again and again, without allocating: a state machine of the compiler's would begin on one thread and end on
    /// another, where the runtime's cache for them does not always have one. Made when a connection first waits.
    /// </summary>
    private sealed class PendingWrite : IValueTaskSource<FlushResult>
    {
        private readonly SocketPipeWriter _writer;
        private readonly Action _onSent;
        private ManualResetValueTaskSourceCore<FlushResult> _source;
        private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _send;
        private CancellationTokenRegistration _registration;
        private CancellationToken _token;
        private ReadOnlyMemory<byte> _piece;
        private ReadOnlyMemory<ReadOnlyMemory<byte>> _behind;

        public PendingWrite(SocketPipeWriter writer)
        {
            _writer = writer;
            _onSent = OnSent;
        }

        /// <summary>Sends what is left of a write, piece by piece: once the socket was full, mostly it is the rest of one.</summary>
        /// <param name="piece">What comes first; of the writer's own buffer, if it holds octets.</param>
        /// <param name="behind">What follows.</param>
        /// <param name="cancellationToken">Ends it half-way.</param>
        public ValueTask<FlushResult> Begin(
            ReadOnlyMemory<byte> piece, ReadOnlyMemory<ReadOnlyMemory<byte>> behind, CancellationToken cancellationToken)
        {
            _writer._isWriting = true;
            _piece = piece;
            _behind = behind;
            _token = cancellationToken;
            _source.Reset();
            var write = new ValueTask<FlushResult>(this, _source.Version);
            if (TryEnd(afterSend: false)) return write;
            _registration = cancellationToken.UnsafeRegister(static writer => ((SocketPipeWriter)writer!)._waits.CancelWrite(), _writer);
            _send.UnsafeOnCompleted(_onSent);
            return write;
        }

        FlushResult IValueTaskSource<FlushResult>.GetResult(short token) => _source.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _source.GetStatus(token);

        void IValueTaskSource<FlushResult>.OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        // Runs on a thread of the poller or the pool when the socket has sent something, or failed.
        private void OnSent()
        {
            if (!TryEnd(afterSend: true)) _send.UnsafeOnCompleted(_onSent);
        }

        // True: the write has ended, and its caller has gone on. False: _send is pending, and nothing may be touched once a
        // continuation is attached to it.
        private bool TryEnd(bool afterSend)
        {
            FlushResult result = default;
            Exception? failure = null;
            try
            {
                if (!Continue(afterSend, out result)) return false;
            }
            catch (Exception exception)
            {
                failure = SocketFaults.IsFault(exception) ? _writer._connection.Fail(exception) : exception;
            }

            // Not Dispose: that would wait for a callback that may wait for this thread. One that comes late ends a wait for nothing.
            Uninterrupted.Run(_registration, static registration => registration.Unregister());
            _registration = default;
            _token = default;
            _piece = default;
            _behind = default;

            // What was buffered is sent, or will never be. Only then, since a thread that completes the writer meanwhile leaves that to us.
            _writer.GiveBack();
            Volatile.Write(ref _writer._isWriting, false);
            if (failure is null) _source.SetResult(result);
            else _source.SetException(failure);
            return true;
        }

        private bool Continue(bool afterSend, out FlushResult result)
        {
            result = default;
            while (true)
            {
                if (afterSend)
                {
                    int sent;
                    try
                    {
                        sent = _send.GetResult();
                    }
                    catch (SocketException exception) when (IsHalfWay(exception))
                    {
                        result = EndHalfWay(exception);
                        return true;
                    }

                    _piece = _piece[sent..];
                    Volatile.Write(ref _writer._progress, _writer._progress + sent);
                    if (!_piece.IsEmpty && _writer.IsCancelled(_token))
                    {
                        result = _writer.EndHalfWay(_token);
                        return true;
                    }
                }

                if (!HasMore()) return true;
                StartSend();
                if (!_send.IsCompleted) return false;
                afterSend = true;
            }
        }

        // What this side has ended as a whole is told as that.
        private bool IsHalfWay(SocketException exception) =>
            exception.SocketErrorCode == SocketError.OperationAborted && !_writer._connection.IsAborted;

        // Nobody knows how much has left. A cancel that was meant for an earlier write must not end this one as cancelled.
        private FlushResult EndHalfWay(SocketException exception)
        {
            if (_writer.IsCancelled(_token)) return _writer.EndHalfWay(_token);
            var lost = _writer._connection.Fail(exception);
            _writer._connection.Abort();
            throw lost;
        }

        private bool HasMore()
        {
            while (_piece.IsEmpty)
            {
                if (_behind.IsEmpty) return false;
                _piece = _behind.Span[0];
                _behind = _behind[1..];
            }

            return true;
        }

        private void StartSend()
        {
#pragma warning disable CA2012 // Its awaiter is consumed exactly once: by Continue, before the next send starts.
            _send = _writer._waits.SendAsync(_piece).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            // The canceller writes the request and then ends the wait; here it is the other way round. One of the two sees the other.
            Interlocked.MemoryBarrier();
            if (_writer.IsCancelled(_token)) _writer._waits.CancelWrite();
        }
    }
}
