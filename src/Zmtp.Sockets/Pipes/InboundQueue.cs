using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The incoming queue of one peer: a chain of batches. One reader fills it, the socket's receivers drain it; the two sides meet once
/// per batch, or when the receivers have run dry, and not once per message.
/// </summary>
/// <remarks>
/// The filling side belongs to the connection's reader, or over inproc to the holder of the sending pipe's gate; the draining side to
/// the holder of the receiver's gate.
/// </remarks>
internal sealed partial class InboundQueue
{
    /// <summary>More messages than this, on average, each time the receivers have run dry: a stream, to which large batches are due.</summary>
    private const int StreamLength = 2;

    private readonly SpinGate _gate = new();
    private readonly AsyncSignal _room = new();
    private readonly long _highWaterOctets;
    private int _highWaterMark;

    // The reader's own. The counts are written at each message: they lie apart from what the receivers look at.
    private InboundBatch? _open;
    private InboundBatch? _appended;
    private int _appendedSize;
    private FillCounts _in;

    // The reader's own; the receivers look at it where the reader waits.
    private long _octetsAllowed;

    // Under the gate: what is published and not yet taken. Whether it is ready is also looked at without it.
    private InboundBatch? _first;
    private InboundBatch? _last;
    private volatile bool _isReady;
    private volatile bool _isReaderWaiting;

    // The receivers' own. The counts are written at each message: they lie apart from what the reader writes.
    private InboundBatch? _draining;
    private DrainCounts _out;

    /// <param name="highWaterMark">Messages; 0 for no limit.</param>
    /// <param name="highWaterOctets">
    /// Octets of all messages, and what they cost: <see cref="MessageBuffer.Cost"/>, or <see cref="MessageBuffer.CostAsWhole"/>, and
    /// <see cref="InboundBatch.Cost"/> with the first of each batch.
    /// </param>
    public InboundQueue(int highWaterMark, long highWaterOctets)
    {
        HighWaterMark = highWaterMark;
        _highWaterOctets = _octetsAllowed = highWaterOctets;
    }

    /// <summary>Messages that may wait; 0 for no limit. Set before the first one arrives.</summary>
    public int HighWaterMark
    {
        set => _highWaterMark = value == 0 ? int.MaxValue : value;
    }

    /// <summary>Where the messages of the present connection come from. By the reader.</summary>
    public InboundSource? Source { get; set; }

    /// <summary>Messages waiting; a moment's view.</summary>
    public int Count => (int)(Volatile.Read(ref _in.Messages) - Volatile.Read(ref _out.Messages));

    /// <summary>Messages that have been received, ever.</summary>
    public long Taken => Volatile.Read(ref _out.Messages);

    /// <summary>Octets waiting, and what their messages cost; a moment's view.</summary>
    public long Octets => Volatile.Read(ref _in.Octets) - Volatile.Read(ref _out.Octets);

    /// <summary>Whether memory is short; tests have their own.</summary>
    internal Func<bool> IsMemoryShort { get; init; } = static () => HeapPressure.IsHigh;

    /// <summary>Whether another message may come. By the reader.</summary>
    public bool HasRoom
    {
        get
        {
            if (IsBelowMark()) return true;

            // Only now: each look at what the receivers write costs both sides.
            _in.SeenMessagesOut = Volatile.Read(ref _out.Messages);
            _in.SeenOctetsOut = Volatile.Read(ref _out.Octets);
            return IsBelowMark();
        }
    }

    /// <summary>
    /// Called when there is room again after it was asked for, besides ending a wait: with true on a thread that may itself go on with
    /// reading, with false on one that must not.
    /// </summary>
    public Action<bool>? RoomAgain { get; set; }

    /// <summary>The batch that nobody sees before <see cref="Publish"/>. By the reader.</summary>
    /// <param name="octets">How many octets may come into it.</param>
    public InboundBatch Open(int octets)
    {
        if (_open is not null)
        {
            _open.MakeRoom(octets);
            return _open;
        }

        _open = InboundBatch.Rent(octets);
        _open.Source = Source;
        return _open;
    }

    /// <summary>The open message of the open batch is complete. By the reader.</summary>
    public void EndMessage() => CountOne(_open!.EndMessage());

    /// <summary>Adds a message with memory of its own to the open batch. By the reader.</summary>
    public void Add(MessageBuffer message) => CountOne(Open(0).AddWhole(message));

    /// <summary>
    /// Looks how many octets may wait at this moment: few while memory is short. By the reader, and not over inproc, whose senders go by the marks.
    /// </summary>
    /// <returns>Whether it is short and there is no room.</returns>
    public bool Weigh()
    {
        var isShort = IsMemoryShort();
        _octetsAllowed = isShort ? Math.Min(_highWaterOctets, HeapPressure.UnreadOctets) : _highWaterOctets;
        return isShort && !HasRoom;
    }

    /// <summary>Shows the batch to the receivers. By the reader.</summary>
    /// <returns>Whether the queue has just become ready: the caller must tell the receiver.</returns>
    public bool Publish()
    {
        var batch = _open;
        if (batch is null) return false;
        _open = null;
        if (!batch.HasEnded)
        {
            batch.Release();
            return false;
        }

        batch.Trim();
        batch.Seal();
        if (_appended is not null) LeaveAppended();
        using (_gate.Hold())
        {
            Link(batch);
            return BecomeReady();
        }
    }

    /// <summary>
    /// Adds a message of one frame where everybody sees it: inproc, where each message is a read of its own. It goes behind the others in
    /// the last batch, also while that one is being taken from. By the filling side.
    /// </summary>
    /// <returns>As <see cref="Publish"/>.</returns>
    public bool Append(ReadOnlySpan<byte> frame)
    {
        var isNew = false;
        var batch = FindAppended(frame.Length) ?? NewBatch(frame.Length, out isNew);
        batch.AppendFrame(frame, more: false);
        CountOne(frame.Length + MessageBuffer.FrameCost);
        return EndAppend(batch, frame.Length, isNew);
    }

    /// <summary>As <see cref="Append(ReadOnlySpan{byte})"/>, a copy of a message.</summary>
    /// <param name="message">Stays its owner's.</param>
    /// <param name="firstFrame">The frames before it are left out.</param>
    /// <param name="length">Octets of the others.</param>
    public bool Append(MessageBuffer message, int firstFrame, int length)
    {
        var isNew = false;
        var cost = length + ((long)MessageBuffer.FrameCost * (message.FrameCount - firstFrame));
        var batch = FindAppended(length) ?? NewBatch(length, out isNew);
        batch.AppendFrames(message, firstFrame);
        CountOne(cost);
        return EndAppend(batch, length, isNew);
    }

    /// <summary>Takes the oldest message. Under the receiver's gate.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isRoomWanted">Whether there is room again for a reader that waits: the caller must call <see cref="Resume"/> without a gate.</param>
    /// <returns>False: empty, and no longer ready until the next <see cref="Publish"/> says so.</returns>
    public bool TryTake([NotNullWhen(true)] out MessageBuffer? message, out bool isRoomWanted)
    {
        var batch = _draining;
        if (batch is null || !batch.HasMessages) batch = TakeBatch();
        if (batch is null)
        {
            message = null;
            isRoomWanted = _isReaderWaiting && IsLow;
            return false;
        }

        message = batch.Take(out var cost);
        Volatile.Write(ref _out.Octets, _out.Octets + cost);
        Volatile.Write(ref _out.Messages, _out.Messages + 1);
        if (batch.IsDone)
        {
            _draining = null;
            batch.Release();
        }

        isRoomWanted = _isReaderWaiting && IsLow;
        return true;
    }

    /// <summary>Whether there is a message, which stays. Under the receiver's gate.</summary>
    /// <param name="isRoomWanted">As of <see cref="TryTake"/>.</param>
    /// <returns>As of <see cref="TryTake"/>.</returns>
    public bool HasNext(out bool isRoomWanted)
    {
        var isThere = _draining is { HasMessages: true } || TakeBatch() is not null;
        isRoomWanted = !isThere && _isReaderWaiting && IsLow;
        return isThere;
    }

    /// <summary>
    /// Whether the next message lies, if there is one, where the sender of an inproc connection writes at this moment; a hint. Under the
    /// receiver's gate.
    /// </summary>
    public bool IsAtWriter => _draining is { IsRunOver: true } && Volatile.Read(ref _first) is null;

    // Half-way down, so that the reader is back at work before the queue runs dry.
    private bool IsLow =>
        Volatile.Read(ref _in.Messages) - _out.Messages <= _highWaterMark / 2 &&
        Volatile.Read(ref _in.Octets) - _out.Octets <= Volatile.Read(ref _octetsAllowed) / 2;

    private bool IsBelowMark() => _in.Messages - _in.SeenMessagesOut < _highWaterMark && _in.Octets - _in.SeenOctetsOut < _octetsAllowed;

    /// <summary>Counts a message that is complete, when nothing can fail any more, and before anybody sees it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountOne(long cost)
    {
        Volatile.Write(ref _in.Messages, _in.Messages + 1);
        _in.Octets += cost;
    }

    /// <summary>The batch that has room for a message to be appended; null: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private InboundBatch? FindAppended(int length)
    {
        var batch = _appended;
        return batch is null || !ReferenceEquals(batch.Source, Source) || !batch.HasRoomToAppend(length) ? null : batch;
    }

    /// <summary>
    /// Goes on in another batch: of twice the size in a stream, else a small one, so that what is left of it when nothing more comes is
    /// small. Nobody knows of it before <see cref="ShowNew"/>.
    /// </summary>
    private InboundBatch NewBatch(int length, out bool isNew)
    {
        isNew = true;
        var isStream = _in.Messages + 1 - _in.FirstInBatch > StreamLength * _in.RunsInBatch;
        var last = _appended?.Used ?? _appendedSize;
        var batch = InboundBatch.Rent(isStream ? Math.Max(length, 2 * last) : length);
        batch.Source = Source;
        return batch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool EndAppend(InboundBatch batch, int length, bool isNew)
    {
        batch.End();
        if (isNew) return ShowNew(batch, length);
        if (!batch.HasRoomToAppend(length)) LetGo(batch);

        // The receivers say first that they have run dry and then look once more: one of the two sees the other.
        Interlocked.MemoryBarrier();
        return !_isReady && BecomeReadyAgain();
    }

    // Before it is full: the next one need be no larger for what this one had to spare.
    private void LeaveAppended()
    {
        _appendedSize = _appended!.Used;
        _appended = null;
    }

    // The next message is likely to be no smaller. The receiver that empties this batch gives its memory back.
    private void LetGo(InboundBatch batch)
    {
        _appended = null;
        batch.Seal();
    }

    private bool ShowNew(InboundBatch batch, int length)
    {
        _appended = batch;
        _appendedSize = batch.Capacity;
        if (!batch.HasRoomToAppend(length)) LetGo(batch);
        _in.Octets += InboundBatch.Cost;
        _in.FirstInBatch = _in.Messages - 1;
        using (_gate.Hold())
        {
            Link(batch);
            var isReady = BecomeReady();
            _in.RunsInBatch = isReady ? 1 : 0;
            return isReady;
        }
    }

    private bool BecomeReadyAgain()
    {
        _in.RunsInBatch++;
        using (_gate.Hold()) return BecomeReady();
    }

    private void Link(InboundBatch batch)
    {
        if (_last is null) _first = batch;
        else _last.Next = batch;
        _last = batch;
    }

    private bool BecomeReady()
    {
        // Not written at each message: the receivers look at what lies beside it.
        if (_isReady) return false;
        return _isReady = true;
    }

    /// <summary>Goes on to the next batch that has something.</summary>
    private InboundBatch? TakeBatch()
    {
        using (_gate.Hold())
        {
            var batch = _draining;
            while (true)
            {
                // First: nothing comes into a batch any more that has one behind it.
                var next = _first;
                if (batch is { HasMessages: true }) return batch;
                if (next is null) break;
                batch?.Release();
                _draining = batch = next;
                _first = next.Next;
                if (_first is null) _last = null;
                next.Next = null;
            }

            // The sender that appends looks at this behind a barrier, without the gate.
            _isReady = false;
            Interlocked.MemoryBarrier();
            if (batch is null) return null;
            if (batch.HasMessages)
            {
                _isReady = true;
                return batch;
            }

            if (!batch.IsDone) return null;
            _draining = null;
            batch.Release();
            return null;
        }
    }
}
