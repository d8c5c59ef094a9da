using System.Diagnostics;
using System.IO.Pipelines;
using Zmtp.Security;

namespace Zmtp.Engine;

/// <summary>
/// The outgoing half of a connection. Callers encode under the gate; who finds nobody sending becomes the sender. A lone message
/// leaves on its caller's thread; when messages follow each other closely they gather while a background loop sends.
/// </summary>
internal sealed class ConnectionWriter : IDisposable
{
    /// <summary>
    /// How long the connection must have been silent for a message to count as alone. One system call on loopback takes a
    /// few microseconds: who sends again sooner is in a burst, and a burst is cheaper gathered.
    /// </summary>
    private static readonly long LoneGap = Stopwatch.Frequency / 50_000;

    /// <summary>
    /// Octets on their way beyond which heartbeats are dropped: the peer does not read, and must not make us hoard answers. More than
    /// a pipe encodes ahead, so that a peer that reads slowly gets its PONG.
    /// </summary>
    private const long MaxBacklog = 512 * 1024;

    private readonly OutgoingBuffer _buffer;
    private readonly PipeWriter _output;
    private readonly IConnectionOwner _owner;
    private readonly Action<Exception> _fail;
    private readonly AsyncSignal _wake = new();
    private ValueTask<FlushResult> _pendingWrite;
    private OutgoingChunk _pendingChunk;
    private Task? _loop;
    private bool _sending;
    private bool _stopped;
    private long _lastSend;

    public ConnectionWriter(Mechanism mechanism, PipeWriter output, IConnectionOwner owner, Action<Exception> fail)
    {
        _buffer = new OutgoingBuffer(mechanism);
        _output = output;
        _owner = owner;
        _fail = fail;
    }

    /// <summary>Guards the buffer and the state of sending; the owner guards its queue with it too.</summary>
    public Lock Gate => _owner.Gate;

    /// <summary>Octets encoded and not yet handed to the transport. Read under the gate.</summary>
    public long BufferedLength => _buffer.Length;

    /// <summary>Encodes one frame. Under the gate; all frames of a message without leaving it.</summary>
    public void WriteFrame(ReadOnlySpan<byte> data, bool more) => _buffer.WriteFrame(data, more);

    /// <summary>Encodes a message. Under the gate.</summary>
    public void WriteMessage(MessageBuffer message, int firstFrame = 0)
    {
        var last = message.FrameCount - 1;
        for (var i = firstFrame; i <= last; i++) _buffer.WriteFrame(message.Slot(i).Span, i < last);
    }

    /// <summary>Encodes a command body. Under the gate, never between the frames of a message.</summary>
    public void WriteCommand(ReadOnlySpan<byte> body) => _buffer.WriteCommand(body);

    /// <summary>Whether the caller must call <see cref="Send"/> after leaving the gate. Under the gate.</summary>
    public bool TryBeginSend()
    {
        if (_sending || _stopped || _buffer.IsEmpty) return false;
        _sending = true;
        return true;
    }

    /// <summary>Sends what is encoded: here when it is alone, else in the background. Outside the gate.</summary>
    public void Send()
    {
        if (Stopwatch.GetTimestamp() - _lastSend < LoneGap || !TrySendHere()) Wake();
    }

    /// <summary>Encodes a command and sends it; drops it when far too much waits already. For heartbeats.</summary>
    public void SendCommand(ReadOnlySpan<byte> body)
    {
        bool begin;
        lock (Gate)
        {
            if (_stopped || _buffer.Length > MaxBacklog) return;
            _buffer.WriteCommand(body);
            begin = TryBeginSend();
        }

        if (begin) Send();
    }

    /// <summary>Nothing is sent any more. Completes when a write that is under way in the background has ended.</summary>
    public Task StopAsync()
    {
        lock (Gate)
        {
            _stopped = true;

            // A caller's write that does not complete at once is handed to the loop; nobody else would wait for it.
            if (_sending) _loop ??= RunAsync();
        }

        _wake.Set();
        return _loop ?? Task.CompletedTask;
    }

    /// <summary>Gives the memory back. After <see cref="StopAsync"/> has completed.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            _stopped = true;
            _buffer.Dispose();
        }
    }

    /// <summary>One write on the caller's thread. False: the loop has to go on with it.</summary>
    private bool TrySendHere()
    {
        try
        {
            if (!TryTake(out var chunk)) return true;
            var write = _output.WriteAsync(chunk.Memory);
            if (!write.IsCompleted)
            {
                _pendingWrite = write;
                _pendingChunk = chunk;
                return false;
            }

            _ = write.Result;
            Sent(chunk);
            lock (Gate)
            {
                // What came meanwhile is in the buffer or, too far ahead for it, still with the owner.
                if (!_stopped) _owner.Refill(this);
                if (!_buffer.IsEmpty) return false;
                _sending = false;
                return true;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The caller's message is in order; it is the connection that broke. The owner hears of it there.
            _fail(e);
            return true;
        }
    }

    // Begun when it is first needed: a connection that comes, says little and goes never does.
    private void Wake()
    {
        lock (Gate) _loop ??= RunAsync();
        _wake.Set();
    }

    /// <summary>The background loop. Ends after <see cref="StopAsync"/>.</summary>
    private async Task RunAsync()
    {
        while (true)
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            var isLast = Volatile.Read(ref _stopped);
            try
            {
                // At the end only a write that began on a caller's thread is waited for.
                await DrainAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _fail(e);
                break;
            }

            if (isLast) break;
        }
    }

    private async ValueTask DrainAsync()
    {
        if (_pendingChunk.Array is not null)
        {
            var pending = _pendingChunk;
            _pendingChunk = default;
            await _pendingWrite.ConfigureAwait(false);
            Sent(pending);
        }

        while (TryTake(out var chunk))
        {
            await _output.WriteAsync(chunk.Memory).ConfigureAwait(false);
            Sent(chunk);
        }
    }

    /// <summary>Takes the next chunk, or ends the turn of whoever is sending.</summary>
    private bool TryTake(out OutgoingChunk chunk)
    {
        lock (Gate)
        {
            if (!_stopped)
            {
                _owner.Refill(this);
                if (_buffer.TryTake(out chunk)) return true;
            }

            chunk = default;
            _sending = false;
            return false;
        }
    }

    private void Sent(OutgoingChunk chunk)
    {
        _lastSend = Stopwatch.GetTimestamp();
        chunk.Return();
        if (chunk.Messages > 0) _owner.OnSent(this, chunk.Messages);
    }
}
