using System.IO.Pipelines;
using Zmtp.Security;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Engine;

/// <summary>
/// The outgoing half of a connection. Callers encode under the gate; a caller that finds nobody sending becomes the sender. A lone message
/// leaves on its caller's thread; when messages follow each other closely they gather, and a background loop is called to send them.
/// Until it comes, which takes some 25 µs, a caller that has gathered enough or is about to wait may send them itself. A caller that
/// has done so before is relied on: the loop is not called. One that is far ahead of the loop, or finds no room, takes over its turn.
/// </summary>
internal sealed partial class ConnectionWriter : IDisposable
{
    /// <summary>What is worth a system call of its own in a burst, where <see cref="GathersLonger"/>: what libzmq sends at once.</summary>
    private const int EnoughGathered = 8 * 1024;

    private const int MaxYields = 8;

    /// <summary>How many chunks a flushing caller sends itself: more than one, because the first of a burst may be small.</summary>
    private const int MaxFlushed = 4;

    private readonly OutgoingBuffer _buffer;
    private readonly PipeWriter _output;
    private readonly IConnectionOwner _owner;
    private readonly Action<Exception> _fail;
    private readonly AsyncSignal _wake = new();
    private readonly bool _mayGrow;
    private ValueTask<FlushResult> _pendingWrite;
    private OutgoingChunk _pendingChunk;
    private ReadOnlyMemory<byte>[]? _segments;
    private volatile SendingTurn _turn;
    private Task? _loop;
    private bool _stopped;
    private SendPace _pace;

    // The turn is open, and the loop was not called, since the caller that gathers has promised to flush. Under the gate.
    private bool _isPromised;

    public ConnectionWriter(Mechanism mechanism, PipeWriter output, IConnectionOwner owner, Action<Exception> fail)
    {
        _buffer = new OutgoingBuffer(mechanism);
        IsSealing = mechanism.IsSealing;

        // An application's transport does not say what of a write has left: a slow peer shows life once per chunk, so chunks stay small.
        _mayGrow = !IsSealing && output is IGatherWriter;
        _output = output;
        _owner = owner;
        _fail = fail;
    }

    /// <summary>
    /// Whether the background loop lets more gather between two sends of a burst: for one of many connections that the same thread fills, so
    /// that each fills slowly, while the loop is always there at once. Only where messages are sealed: else the buffers fill fast, and the loop's
    /// yielding costs more than it saves. Set before the first message; default false.
    /// </summary>
    public bool GathersLonger { get; set; }

    /// <summary>Whether what is encoded is sealed, which takes a pass of its own over each frame.</summary>
    public bool IsSealing { get; }

    /// <summary>Guards the buffer and the state of sending; the owner guards its queue with it too.</summary>
    public Lock Gate => _owner.Gate;

    /// <summary>Octets encoded and not yet handed to the transport. Read under the gate.</summary>
    public long BufferedLength => _buffer.Length;

    /// <summary>Decides about what was encoded. Under the gate.</summary>
    /// <param name="mayGather">Whether the caller is likely to send more and will then call <see cref="Flush"/>.</param>
    /// <param name="isFarBehind">Whether so much is encoded already that the caller's message, a small one, has to wait with its owner.</param>
    /// <returns>What the caller must give to <see cref="Send"/> after leaving the gate.</returns>
    public SendStep Begin(bool mayGather = false, bool isFarBehind = false)
    {
        if (_stopped || _buffer.IsEmpty) return SendStep.Nothing;
        if (_turn == SendingTurn.Free)
        {
            // The first message goes with nothing: many peers that come with one request each would else have a loop called for each of them.
            var isAlone = _pace.IsFirst || (!mayGather && _pace.IsAlone(_owner.CountSpread()));
            _turn = isAlone ? SendingTurn.Taken : SendingTurn.Open;
            _isPromised = mayGather && _pace.IsQuick && !_buffer.HasFullChunk;
            if (isAlone) return SendStep.Here;
            _pace.OnGathering();
            return _isPromised ? SendStep.Gather : SendStep.Call;
        }

        // As much as goes with one system call, or the last of a burst: nothing is gained by waiting.
        if (_turn != SendingTurn.Open) return isFarBehind && WantsTurn() ? SendStep.TakeOver : SendStep.Nothing;
        var isLast = _isPromised && !mayGather;
        if (!_buffer.HasFullChunk && !isLast) return SendStep.Nothing;
        _turn = SendingTurn.Taken;
        if (!isLast) return SendStep.Here;
        _isPromised = false;
        return SendStep.All;
    }

    /// <summary>Does what <see cref="Begin"/> said. Outside the gate.</summary>
    /// <returns>Whether something waits that the loop was not called for: the caller sees to it that it is flushed, or reminded of, soon.</returns>
    public bool Send(SendStep step)
    {
        switch (step)
        {
            case SendStep.Here:
                return SendHere();
            case SendStep.All:
                return SendHere(MaxFlushed);
            case SendStep.TakeOver:
                return TryTakeOver() && SendHere(MaxFlushed);
            case SendStep.Call:
                CallLoop();
                return false;
            default:
                return step == SendStep.Gather;
        }
    }

    /// <summary>Sends what has gathered, if the loop has not come for it yet. Outside the gate.</summary>
    public void Flush()
    {
        using (Gate.Hold())
        {
            if (_turn != SendingTurn.Open) return;
            Take();
        }

        SendHere(MaxFlushed);
    }

    /// <summary>Has the background loop send what was left to a promise, if anything was; the next promises are not believed.</summary>
    public void SendForgotten()
    {
        using (Gate.Hold())
        {
            if (_turn != SendingTurn.Open || !_isPromised) return;
            _isPromised = false;
            _pace.OnForgotten();
        }

        CallLoop();
    }

    /// <summary>Nothing is sent any more, but for a write that is under way.</summary>
    public void Stop()
    {
        using (Gate.Hold()) _stopped = true;
    }

    /// <summary>As <see cref="Stop"/>. Completes when a write that is under way, in the background or on a caller's thread, has ended.</summary>
    public Task StopAsync()
    {
        using (Gate.Hold())
        {
            _stopped = true;

            // The loop waits, or has nothing to do but to find that out: it is left where it is.
            if (_turn == SendingTurn.Free) return Task.CompletedTask;

            // The loop waits for a caller to end its turn, and for that caller's write if it does not complete at once; nobody else would.
            _loop ??= BeginLoop();
        }

        // It sends nothing any more, so it is soon done here; the pool would look for more work long after it.
        _wake.SetHere();
        return _loop;
    }

    /// <summary>Gives the memory back. After <see cref="StopAsync"/> has completed.</summary>
    public void Dispose()
    {
        using (Gate.Hold())
        {
            _stopped = true;
            _buffer.Dispose();
        }
    }

    /// <summary>An open turn becomes the caller's. Under the gate.</summary>
    private void Take()
    {
        _turn = SendingTurn.Taken;
        _isPromised = false;
    }

    /// <summary>Writes on the caller's thread, whose turn it is; the loop goes on with what is left.</summary>
    /// <param name="chunks">How many at most.</param>
    /// <param name="isProof">Whether it shows that the caller comes back for what gathers: not where it had no room.</param>
    /// <returns>As <see cref="Send"/>.</returns>
    private bool SendHere(int chunks = 1, bool isProof = true)
    {
        try
        {
            for (; chunks > 0; chunks--)
            {
                if (!TryTake(out var chunk)) return false;
                var write = WriteAsync(chunk);
                if (!write.IsCompleted)
                {
                    _pendingWrite = write;
                    _pendingChunk = chunk;
                    using (Gate.Hold()) _turn = SendingTurn.Pending;
                    CallLoop();
                    return false;
                }

                _ = write.Result;
                Sent(chunk, hasWaited: false);
                if (isProof) _pace.OnSentBySender(chunk.Messages);
            }

            var step = EndTurn();
            if (step == SendStep.Call) CallLoop();
            return step == SendStep.Gather;
        }
        catch (Exception e)
        {
            // The caller's message is in order; it is the connection that broke, or has no memory. The owner hears of it there.
            try
            {
                GiveUpTurn();
            }
            finally
            {
                // There may be no memory for the other either.
                _fail(e);
            }

            return false;
        }
    }

    /// <summary>
    /// Ends the turn of a caller: more may have come meanwhile, in the buffer or, too far ahead for it, still with the owner. The end of what was
    /// one chunk too many is left to a caller that has promised to flush.
    /// </summary>
    private SendStep EndTurn()
    {
        using (Gate.Hold())
        {
            // At the end somebody may be waiting for this turn to be over.
            if (_stopped) _wake.Set();
            else _owner.Refill(this);
            _turn = _buffer.IsEmpty ? SendingTurn.Free : SendingTurn.Open;
            if (_turn == SendingTurn.Free) return SendStep.Nothing;
            _isPromised &= !_buffer.HasFullChunk;
            _pace.OnGathering();
            return _isPromised ? SendStep.Gather : SendStep.Call;
        }
    }

    // Begun when it is first needed: a connection that comes, says little and goes never does.
    private void CallLoop()
    {
        if (_loop is null)
        {
            using (Gate.Hold()) _loop ??= BeginLoop();
        }

        _wake.Set();
    }

    // It lives as long as the connection, and is begun on the application's thread.
    private Task BeginLoop() => WithoutFlow.Begin(this, static me => me.RunAsync());

    /// <summary>
    /// The background loop. Ends after <see cref="StopAsync"/>. All its waits are in one method: with large messages each would else cost a
    /// state machine of its own.
    /// </summary>
    private async Task RunAsync()
    {
        long left = PollerTurn.Octets;
        while (true)
        {
            await _wake.WaitAsync().ConfigureAwait(false);
            var isLast = Volatile.Read(ref _stopped);
            SendingTurn turn;
            try
            {
                // At the end only a write that began on a caller's thread is waited for. Neither open nor pending: a caller came first.
                turn = TakeTurn();
                if (turn == SendingTurn.Pending)
                {
                    await _pendingWrite.ConfigureAwait(false);
                    _isLoopWaiting = false;
                    Sent(TakePendingChunk(), hasWaited: true);
                }

                while (turn is SendingTurn.Open or SendingTurn.Pending && TryTake(out var chunk))
                {
                    var write = WriteAsync(chunk);
                    var waits = !write.IsCompleted;
                    _isLoopWaiting = waits;
                    await write.ConfigureAwait(false);
                    _isLoopWaiting = false;
                    Sent(chunk, waits);
                    left -= chunk.TotalLength;
                    if (left <= 0)
                    {
                        // A peer that reads as fast as we send.
                        left = PollerTurn.Octets;
                        await PollerTurn.EndAsync();
                    }

                    if (GathersLonger && IsSealing) LetGather();
                }
            }
            catch (Exception e)
            {
                _fail(e);
                break;
            }

            // If a caller has the turn it wakes the loop when its turn ends; only then may the transport be given back.
            if (isLast && turn != SendingTurn.Taken) break;
        }
    }

    /// <summary>
    /// Leaves the core to other threads with something to do on it, the sender or another connection's loop, as long as there is little to
    /// send and it becomes more. With nobody else about that takes no time, and what has gathered leaves.
    /// </summary>
    private void LetGather()
    {
        var before = -1L;
        for (var i = 0; i < MaxYields; i++)
        {
            // Without the gate: a glance is enough.
            var length = _buffer.Length;
            if (length >= EnoughGathered || length == before) return;
            before = length;
            Thread.Yield();
        }
    }

    /// <summary>Gives the turn to the loop if it is open or was left pending.</summary>
    /// <returns>What the turn was before.</returns>
    private SendingTurn TakeTurn()
    {
        using (Gate.Hold())
        {
            var turn = _turn;
            if (turn is SendingTurn.Open or SendingTurn.Pending) _turn = SendingTurn.OfLoop;
            _isLoopWaiting = turn == SendingTurn.Pending;
            return turn;
        }
    }

    private OutgoingChunk TakePendingChunk()
    {
        var chunk = _pendingChunk;
        _pendingChunk = default;
        return chunk;
    }

    /// <summary>Takes the next chunk, or ends the turn of the thread that is sending.</summary>
    /// <returns>False: there is none, or the loop's turn went to a caller.</returns>
    private bool TryTake(out OutgoingChunk chunk)
    {
        using (Gate.Hold())
        {
            if (!_stopped)
            {
                _owner.Refill(this);
                if (TryGiveWay())
                {
                    chunk = default;
                    return false;
                }

                if (_buffer.TryTake(mayGrow: _mayGrow && _owner.IsFilledAlone, out chunk))
                {
                    _taken += chunk.TotalLength;
                    return true;
                }
            }
            else
            {
                // Somebody may be waiting for this turn to be over.
                _wake.Set();
            }

            chunk = default;
            _turn = SendingTurn.Free;
            return false;
        }
    }

    private void Sent(OutgoingChunk chunk, bool hasWaited)
    {
        // In this order: a thread that finds a PING handed over also finds the wait before it ended.
        if (hasWaited) Volatile.Write(ref _endedWaits, _endedWaits + 1);
        Volatile.Write(ref _handed, _handed + chunk.TotalLength);
        _pace.OnSent();

        // Else a connection that falls idle would keep its last large body, which may be larger than what any pool keeps.
        if (chunk.Body.Length > 0 && _segments is not null) Array.Clear(_segments);
        chunk.Return();
        if (chunk.Messages > 0) _owner.OnSent(this, chunk.Messages);
    }
}
