using System.Runtime.CompilerServices;
using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The receiving side of a socket: fair-queues over the pipes that have something, one whole message from each in turn, and lets
/// callers wait. Safe on any thread.
/// </summary>
internal sealed partial class Receiver
{
    private const int UnknownThread = 0;

    /// <summary>The round of calls that are never sent away.</summary>
    private const int AnyRound = -1;

    private readonly SpinGate _gate = new();
    private readonly Queue<Pipe> _ready = new();
    private readonly WaitQueue<Message> _waiters;
    private readonly Gathering? _gathering;
    private Func<Exception>? _closed;

    // A hint, read without the gate: false only while the queue is empty or about to be filled.
    private volatile bool _hasReady;
    private readonly FewPipes _sources = new();

    // Where the last message came from, and the thread that took it; unknown if it was handed to one that waited.
    private Pipe? _last;
    private int _lastThread;

    // How often all waiting calls were sent away. Under the gate.
    private int _round;

    /// <param name="gathering">What is to be sent before anybody waits; null for nothing.</param>
    public Receiver(Gathering? gathering)
    {
        _gathering = gathering;
        _waiters = new WaitQueue<Message>(_gate);
    }

    /// <summary>
    /// Whether more messages wait and this thread, having taken the last one, will most likely come for them; a hint. The pipe that the last one
    /// came from stays in the queue until somebody finds it empty.
    /// </summary>
    public bool IsBusyHere => _hasReady && (_ready.Count != 1 || _last is not { Inbound.Count: 0 }) && IsLastTakenHere;

    private bool IsLastTakenHere => _lastThread is UnknownThread || _lastThread == Environment.CurrentManagedThreadId;

    /// <summary>A pipe whose connection may be asked for octets.</summary>
    public void Add(Pipe pipe) => _sources.Add(pipe);

    public void Remove(Pipe pipe)
    {
        _sources.Remove(pipe);
        using (_gate.Hold())
        {
            if (_last == pipe) _last = null;
        }
    }

    /// <summary>Pipes that have something, as far as that is known: for tests.</summary>
    internal int ReadyCount
    {
        get
        {
            using (_gate.Hold()) return _ready.Count;
        }
    }

    /// <summary>A pipe has something and is not in the ready queue.</summary>
    public void OnReady(Pipe pipe)
    {
        Lookout? sleeper;
        bool isAwaited;
        bool isWatched;
        using (_gate.Hold())
        {
            _ready.Enqueue(pipe);
            _hasReady = true;
            sleeper = TakeSleeper();
            isAwaited = _waiters.Count > 0;
            isWatched = HasWatchers;
        }

        sleeper?.Wake();
        if (isAwaited) ServeWaiters();
        if (isWatched) WakeWatchers();
    }

    /// <summary>What is given to a call that is to wait for no longer than until the next <see cref="EndRound"/>.</summary>
    public int Round => Volatile.Read(ref _round);

    /// <summary>Sends away all calls that wait, or are about to, in the round so far.</summary>
    /// <returns>
    /// The calls in line, to be failed by the caller outside its gates. A call that still looks by itself finds out when it has looked.
    /// </returns>
    public IReadOnlyList<IWaiter> EndRound()
    {
        using (_gate.Hold())
        {
            // With each reply, for which seldom more than one call waits. The memory first: nobody may be taken out of line and not be told.
            var count = _waiters.Count + (_watchers?.Count ?? 0) + (_shared is null ? 0 : 1);
            List<IWaiter>? waiters = count == 0 ? null : new(count);
            _round++;
            while (_waiters.Dequeue() is { } waiter) waiters!.Add(waiter);
            while (_watchers?.Dequeue() is { } watcher) waiters!.Add(watcher);
            if (TakeShared() is { } shared) waiters!.Add(shared);
            return waiters ?? (IReadOnlyList<IWaiter>)[];
        }
    }

    /// <param name="message">The message.</param>
    /// <param name="round">See <see cref="Round"/>.</param>
    public bool TryReceive(out Message message, int round = AnyRound)
    {
        for (var left = MostSifted; ; left--)
        {
            MessageBuffer? buffer;
            InboundQueue? resume;
            bool isMore;
            using (_gate.Hold())
            {
                ThrowIfOver(round);
                if (TryTake(out buffer, out resume, out isMore)) _lastThread = Environment.CurrentManagedThreadId;
            }

            resume?.Resume();
            message = buffer is null ? default : new Message(buffer);
            if (buffer is not null || !isMore || left == 0) return buffer is not null;
        }
    }

    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="round">See <see cref="Round"/>.</param>
    public ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken, int round = AnyRound)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<Message>(cancellationToken);
        if (TryReceive(out var message, round)) return new ValueTask<Message>(message);
        _gathering?.Flush();
        return TryTakeOrWait(round, out var buffer, out var waiter)
            ? new ValueTask<Message>(new Message(buffer!))
            : waiter!.WaitAsync(cancellationToken);
    }

    /// <summary>Blocks. False: the time is over.</summary>
    public bool TryReceive(TimeSpan timeout, out Message message, int round = AnyRound)
    {
        // TimeSpan.MinValue less a moment would overflow, and leave somebody in line.
        if (Deadline.IsNone(timeout)) timeout = TimeSpan.Zero;
        if (timeout != TimeSpan.Zero) _patience.Pace();
        if (TryReceive(out message, round)) return true;
        var hasSentBurst = _gathering?.Flush() == true;
        if (timeout == TimeSpan.Zero)
        {
            // A call that does not wait does not read.
            _lookouts.ReleaseKept();
            return false;
        }

        // From here on: a thread that spins is as good as lost to the pool when the machine is busy.
        using var blocked = BlockedPoolThread.Enter();
        var deadline = new Deadline(timeout);
        var hasCome = TryLook(timeout, round, hasSentBurst, out message) || TryTakeOrWait(deadline, round, out message);
        if (hasSentBurst) _patience.OnAnswer(hasCome, deadline.Start);
        return hasCome;
    }

    /// <summary>The error of calls that are sent away.</summary>
    public static InvalidOperationException GivenUp() => new(
        "The request whose reply this call waited for is over: another call has received the reply, or the request was given up with Reset. Nothing is " +
        "wrong with the socket: send the next request and receive anew. If that was not meant, check who else receives, and who calls Reset.");

    /// <summary>
    /// The thread that received here waits for something else: others are to read the connections it keeps. Their peer may be waiting too,
    /// and go on only when it is read. If another thread keeps them after this, the wait is for the clock of <see cref="SpareLookouts"/>,
    /// 20 ms at most.
    /// </summary>
    public void StopKeeping() => _lookouts.ReleaseKept();

    /// <summary>Ends all waits; later calls fail the same way, or tell of it.</summary>
    public void Close(Func<Exception> reason)
    {
        while (true)
        {
            Waiter<Message>? waiter;
            Waiter<bool>? watcher;
            SharedWait? shared;
            Lookout? sleeper;
            using (_gate.Hold())
            {
                _closed = reason;
                sleeper = TakeSleeper();
                waiter = _waiters.Dequeue();
                watcher = _watchers?.Dequeue();
                shared = TakeShared();
            }

            sleeper?.Wake();
            shared?.SetResult(false);
            if (waiter is null && watcher is null) break;
            waiter?.Fail(reason());
            watcher?.Complete(false);
        }

        _lookouts.Close();
    }

    /// <summary>Hands messages to waiting calls, first come first served.</summary>
    private void ServeWaiters()
    {
        var left = MostSifted;
        while (true)
        {
            Waiter<Message>? waiter;
            MessageBuffer? message = null;
            InboundQueue? resume = null;
            var isMore = false;
            Exception? failure = null;
            using (_gate.Hold())
            {
                if (_waiters.Count == 0) return;
                try
                {
                    if (TryTake(out message, out resume, out isMore)) _lastThread = UnknownThread;
                }
                catch (Exception e)
                {
                    // For want of memory. The message stays, and is nobody's yet: the waiting receiver gets the error, not the sender.
                    failure = e;
                }

                waiter = message is null && failure is null ? null : _waiters.Dequeue();
            }

            // Not here: this is a reader's thread, and the resumed reader may have more to do than this thread has time for.
            resume?.ResumeElsewhere();
            if (failure is not null) waiter!.Fail(failure);
            else waiter?.Complete(new Message(message!));
            if (waiter is not null) left = MostSifted;
            else if (!isMore || (left-- <= 0 && TryServeSoon())) return;
        }
    }

    private bool TryTakeOrWait(Deadline deadline, int round, out Message message)
    {
        if (TryTakeOrWait(round, out var buffer, out var waiter))
        {
            message = new Message(buffer!);
            return true;
        }

        var hasCome = waiter!.Wait(deadline.Rest, out message);
        if (hasCome) _patience.OnWoken(deadline.Start);
        return hasCome;
    }

    /// <summary>True: here is a message. False: there is none, and this is the place in the line of waiting calls.</summary>
    private bool TryTakeOrWait(int round, out MessageBuffer? message, out Waiter<Message>? waiter)
    {
        for (var left = MostSifted; ; left--)
        {
            InboundQueue? resume;
            using (_gate.Hold())
            {
                ThrowIfOver(round);
                if (TryTake(out message, out resume, out var isMore)) _lastThread = Environment.CurrentManagedThreadId;

                // Where there is more to be looked at, nobody else will come and tell of it.
                waiter = message is null && (!isMore || (left <= 0 && TryServeSoon())) ? _waiters.Enqueue() : null;
            }

            resume?.Resume();
            if (waiter is not null)
            {
                // A call in line is served by others, which have to read the connections.
                Interlocked.MemoryBarrier();
                _lookouts.ReleaseKept();
                return false;
            }

            if (message is not null) return true;
        }
    }

    /// <summary>Takes a message from the next pipe that has one. Under the gate.</summary>
    /// <param name="message">The message, or null.</param>
    /// <param name="resume">A queue whose reader can go on: to be told when the gate is left.</param>
    /// <param name="isMore">Whether, if there is no message, the caller is to look again: what was there is not wanted, or a reader brings more at once.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(out MessageBuffer? message, out InboundQueue? resume, out bool isMore)
    {
        resume = null;
        isMore = false;
        while (_ready.TryPeek(out var pipe))
        {
            var inbound = pipe.Inbound;
            var taken = inbound.TryTake(out message, out var isRoomWanted);
            if (isRoomWanted) resume = inbound;
            if (taken && _isWanted is not null && !_isWanted(message!))
            {
                // One message at a time, for the gate's sake: the caller looks again. Other pipes have their turns between unwanted
                // messages.
                message!.Return();
                message = null;
                isMore = true;
                NextTurn();
                return false;
            }

            if (taken)
            {
                _patience.OnTaken(inbound.IsAtWriter);
                _last = pipe;
                NextTurn();
                return true;
            }

            DropEmpty(pipe);
            if (!isRoomWanted) continue;
            isMore = true;
            return false;
        }

        _hasReady = false;
        message = null;
        return false;
    }

    // Under the gate.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NextTurn()
    {
        if (_ready.Count > 1) _ready.Enqueue(_ready.Dequeue());
    }

    // The first one, under the gate.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DropEmpty(Pipe pipe)
    {
        _ready.Dequeue();
        if (pipe.HasLeft) pipe.OnEmptied();
    }

    private void ThrowIfOver(int round)
    {
        if (_closed is not null) throw _closed();
        if (round != _round && round != AnyRound) throw GivenUp();
    }
}
