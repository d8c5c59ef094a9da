using System.Diagnostics;

namespace Zmtp;

/// <summary>
/// The messages of one read, on their way from the connection's reader to the receiver. Their octets lie in order in one array, which may
/// be the one that they were received in, and become <see cref="MessageBuffer"/>s only on the receiver's thread, whose cache holds those; what
/// crosses between cores is the octets, in order. Measured: half of the receiving side's time went into message objects moving from core to
/// core.
/// </summary>
/// <remarks>
/// One thread fills it and one thread at a time takes from it, after it is filled or, as soon as a message is complete, meanwhile: the
/// two share no lock. The frames of the last message are open until <see cref="EndMessage"/>. It is kept alive by the
/// receiver that takes from it and by each message that still lies in its memory.
/// </remarks>
internal sealed partial class InboundBatch
{
    /// <summary>Memory that stays with the batch through the pool: enough for the lone small message.</summary>
    private const int OwnCapacity = 512;

    /// <summary>Memory for the octets of one read, which are seldom more than the receive buffer.</summary>
    public const int MaximumCapacity = 64 * 1024;

    /// <summary>
    /// A message keeps the whole array alive unless it is copied out. Copied is what is smaller than this part of it, so an application
    /// that keeps one message in a hundred holds at most so many times its size.
    /// </summary>
    private const int MaximumAmplification = 16;

    /// <summary>What is copied whatever the array: it fits a message's own memory.</summary>
    private const int AlwaysCopied = 256;

    /// <summary>
    /// How many times what its messages cost its memory may be while they wait: a read may be all commands but for one message, and a queue that
    /// counts messages' octets, and has no other limit, would hold the reads.
    /// </summary>
    private const int MaximumExcess = 4;

    /// <summary>
    /// What a batch counts for besides its messages where limits are counted, together with the first of them: itself, which is there however little
    /// a read brings. All of it is at most some four times that.
    /// </summary>
    public const int Cost = 256;

    private const int InitialFrames = 8;

    /// <summary>Frames after which nothing more is appended while messages are taken: empty ones need no octets, and the table is never emptied.</summary>
    private const int MaximumAppended = 8 * 1024;

    private readonly byte[] _own = new byte[OwnCapacity];
    private byte[] _memory;
    private BatchFrame[] _frames = new BatchFrame[InitialFrames];
    private MessageBuffer[] _whole = [];
    private int _wholeCount;
    private int _copyBelow;
    private volatile bool _isSealed;
    private BatchPositions _at;

    public InboundBatch() => _memory = _own;

    /// <summary>The batch behind this one in a queue.</summary>
    public InboundBatch? Next { get; set; }

    /// <summary>Where all of its messages come from.</summary>
    public InboundSource? Source { get; set; }

    /// <summary>Octets it has room for in all.</summary>
    public int Capacity => _memory.Length;

    /// <summary>Octets in use. By the filling side.</summary>
    public int Used => _at.Used;

    /// <summary>How many entries its tables have room for, which stay with it through the pool.</summary>
    public int TableLength => _frames.Length + _whole.Length;

    /// <summary>
    /// Whether there is a complete message that has not been taken. By the receiver, which then sees what was there at this moment.
    /// </summary>
    public bool HasMessages => !IsRunOver || Look();

    /// <summary>
    /// Whether everything is taken that the last look showed: the next one touches what the other side writes. By the receiver.
    /// </summary>
    public bool IsRunOver => _at.Next >= _at.Seen;

    /// <summary>Whether there has been a complete message. By the filling side.</summary>
    public bool HasEnded => _at.Ended > 0;

    /// <summary>Whether everything is taken and nothing will be added any more. By the receiver.</summary>
    public bool IsDone => IsRunOver && _isSealed && !Look();

    /// <summary>Whether the last message still lacks frames.</summary>
    public bool HasOpenFrames => _at.Frames > _at.Ended;

    /// <summary>The first frame of the message that is not ended. There must be one.</summary>
    public ReadOnlySpan<byte> FirstOpenFrame => SpanOf(_frames[_at.Ended]);

    /// <summary>Takes a batch from the pool, its holder's to <see cref="Release"/>.</summary>
    /// <param name="octets">How many octets may come; a guide, <see cref="HasRoomFor"/> tells.</param>
    public static InboundBatch Rent(int octets)
    {
        var batch = InboundBatchPool.Rent();
        batch.LieIn(octets > OwnCapacity ? BlockPool.Rent(Math.Min(octets, MaximumCapacity)) : batch._own);
        batch._at.References = 1;
        return batch;
    }

    /// <summary>
    /// A batch without messages of its own, around memory that several messages are to lie in: what PUB sends to many. Its holder's to
    /// <see cref="Release"/>.
    /// </summary>
    /// <param name="memory">Rented; goes back to <see cref="BlockPool"/> when nobody holds it any more.</param>
    public static InboundBatch Around(byte[] memory)
    {
        var batch = InboundBatchPool.Rent();
        batch._memory = memory;
        batch._at.References = 1;
        return batch;
    }

    /// <summary>
    /// Makes room for the octets of a read, if there are none of it yet: the batch may have been rented for a message with memory of its own.
    /// </summary>
    /// <param name="octets">As for <see cref="Rent"/>.</param>
    public void MakeRoom(int octets)
    {
        if (octets > OwnCapacity && _memory == _own && _at.Used == 0) LieIn(BlockPool.Rent(Math.Min(octets, MaximumCapacity)));
    }

    /// <summary>Whether a frame of a length can still be added.</summary>
    public bool HasRoomFor(int length) => length <= _memory.Length - _at.Used;

    /// <summary>Adds a frame to the open message. There must be room.</summary>
    public void AppendFrame(ReadOnlySpan<byte> data, bool more)
    {
        Debug.Assert(!_isBorrowing, "The memory is another's.");
        data.CopyInPiecesTo(_memory.AsSpan(_at.Used));
        Add(new BatchFrame(_at.Used, data.Length, more));
        _at.Used += data.Length;
    }

    /// <summary>As <see cref="HasRoomFor"/>, for a message to be appended to a batch that may never be taken to its end.</summary>
    public bool HasRoomToAppend(int length) => HasRoomFor(length) && _at.Frames < MaximumAppended;

    /// <summary>Adds copies of a message's frames, which are open until <see cref="End"/>. There must be room, and no message open.</summary>
    /// <param name="message">Stays its owner's.</param>
    /// <param name="firstFrame">The frames before it are left out.</param>
    public void AppendFrames(MessageBuffer message, int firstFrame)
    {
        var last = message.FrameCount - 1;
        try
        {
            for (var i = firstFrame; i <= last; i++) AppendFrame(message.Slot(i).Span, more: i < last);
        }
        catch
        {
            // What is appended next must not be taken for the rest of it.
            DropOpenFrames();
            throw;
        }
    }

    /// <summary>The open message is complete, and may be taken: nothing of what was written up to here may be seen later than this.</summary>
    public void End() => Volatile.Write(ref _at.Ended, _at.Frames);

    /// <summary>Memory for a frame that is still to be opened; <see cref="CommitFrame"/> adds it, or nothing does.</summary>
    public Span<byte> Reserve(int length)
    {
        Debug.Assert(!_isBorrowing, "The memory is another's.");
        return _memory.AsSpan(_at.Used, length);
    }

    /// <summary>Adds the frame in what was reserved.</summary>
    /// <param name="offset">Where it begins there.</param>
    /// <param name="length">Its octets.</param>
    /// <param name="more">Whether more frames of the message follow.</param>
    public void CommitFrame(int offset, int length, bool more)
    {
        Add(new BatchFrame(_at.Used + offset, length, more));
        _at.Used += offset + length;
    }

    /// <summary>The open message is complete.</summary>
    /// <returns>What it counts for: <see cref="MessageBuffer.Cost"/>, and <see cref="Cost"/> if it is the first.</returns>
    public long EndMessage()
    {
        var cost = CostBefore(_at.Ended) + ((long)MessageBuffer.FrameCost * (_at.Frames - _at.Ended));
        for (var i = _at.Ended; i < _at.Frames; i++) cost += _frames[i].Length;
        End();
        return cost;
    }

    /// <summary>Nothing will be added any more: once all is taken, the receiver may let go. After the last message is ended.</summary>
    public void Seal() => _isSealed = true;

    /// <summary>
    /// Moves to less memory if its messages need far less than came with the read. After the last message is ended, before anybody else sees
    /// the batch.
    /// </summary>
    public void Trim()
    {
        // Only then are they worth a look: for each frame there is its cost.
        var limit = _memory.Length / MaximumExcess;
        if (_memory == _own || _at.Frames * MessageBuffer.FrameCost >= limit) return;
        var octets = OctetsOfFrames();
        if (octets + (_at.Frames * MessageBuffer.FrameCost) >= limit) return;
        if (octets > OwnCapacity && _memory.Length == BlockPool.MinimumSize) return;
        var old = _memory;
        if (TryRentFor(octets) is not { } less) return;
        MoveTo(less);
        BlockPool.Return(old);
    }

    /// <summary>Forgets the open message.</summary>
    public void DropOpenFrames() => _at.Frames = _at.Ended;

    /// <summary>Moves the open message out, since the rest of it comes with a later read.</summary>
    public void MoveOpenFrames(MessageBuffer destination)
    {
        for (var i = _at.Ended; i < _at.Frames; i++) destination.AppendFrame(SpanOf(_frames[i]));
        DropOpenFrames();
    }

    /// <summary>Adds a message that has memory of its own; it is the batch's from now on.</summary>
    /// <returns>What it counts for: <see cref="MessageBuffer.CostAsWhole"/>, and <see cref="Cost"/> if it is the first.</returns>
    public long AddWhole(MessageBuffer message)
    {
        Debug.Assert(!HasOpenFrames, "A message is open.");
        if (_wholeCount == _whole.Length) Array.Resize(ref _whole, Math.Max(InitialFrames, _wholeCount * 2));
        _whole[_wholeCount] = message;
        Add(BatchFrame.Whole(_wholeCount));
        _wholeCount++;
        var cost = CostBefore(_at.Ended) + message.CostAsWhole;
        End();
        return cost;
    }

    /// <summary>Takes the oldest message out. There must be one.</summary>
    /// <param name="cost">
    /// What it was counted for when it came: <see cref="MessageBuffer.CostAsWhole"/> with memory of its own, else <see cref="MessageBuffer.Cost"/> without
    /// the routing id; with the first one the batch's <see cref="Cost"/>.
    /// </param>
    public MessageBuffer Take(out long cost)
    {
        var next = _at.Next;
        var frame = _frames[next++];
        if (frame.IsWhole)
        {
            var whole = TakeWhole(frame);
            cost = CostBefore(_at.Next) + whole.CostAsWhole;
            _at.Next = next;
            return whole;
        }

        cost = CostBefore(_at.Next) + MessageBuffer.FrameCost;
        var message = MessageBuffer.Rent();
        var source = Source;
        message.Source = source;
        var id = source?.RoutingId;
        if (id is not null) message.AppendFrame(id);
        Place(frame, message);
        while (frame.HasMore)
        {
            cost += MessageBuffer.FrameCost;
            frame = _frames[next++];
            Place(frame, message);
        }

        // Not before: where there is no memory for all of it, the message is still to be taken, and the collector has what was begun.
        _at.Next = next;
        cost += message.Length - (id?.Length ?? 0);
        return message;
    }

    /// <summary>One more holder.</summary>
    public void Retain() => Interlocked.Increment(ref _at.References);

    /// <summary>One holder less; the last one gives the memory back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _at.References) == 0) Recycle();
    }

    private bool Look()
    {
        _at.Seen = Volatile.Read(ref _at.Ended);
        return !IsRunOver;
    }

    private MessageBuffer TakeWhole(BatchFrame frame)
    {
        var message = _whole[frame.Index];
        _whole[frame.Index] = null!;
        return message;
    }

    /// <summary>What counts with the message that begins at a frame: the batch with the first, so that both sides know.</summary>
    private static long CostBefore(int frame) => frame == 0 ? Cost : 0;

    private int OctetsOfFrames()
    {
        var octets = 0;
        for (var i = 0; i < _at.Frames; i++) octets += _frames[i].Length;
        return octets;
    }

    /// <summary>Memory for what <see cref="Trim"/> keeps. Null: there is none, so the batch stays where it is.</summary>
    private byte[]? TryRentFor(int octets)
    {
        try
        {
            return RentFor(octets);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    private byte[] RentFor(int octets) => octets <= OwnCapacity ? _own : BlockPool.Rent(octets);

    /// <summary>Moves all frames, those of the open message too, to other memory, which has room for them.</summary>
    private void MoveTo(byte[] memory)
    {
        var old = _memory;
        LieIn(memory);
        _at.Used = 0;
        for (var i = 0; i < _at.Frames; i++)
        {
            var frame = _frames[i];
            if (frame.IsWhole) continue;
            old.AsSpan(frame.Offset, frame.Length).CopyTo(_memory.AsSpan(_at.Used));
            _frames[i] = new BatchFrame(_at.Used, frame.Length, frame.HasMore);
            _at.Used += frame.Length;
        }
    }

    private void Place(BatchFrame frame, MessageBuffer message)
    {
        if (frame.Length < _copyBelow) message.AppendFrame(SpanOf(frame));
        else message.AppendSlice(this, _memory, frame.Offset, frame.Length);
    }

    private ReadOnlySpan<byte> SpanOf(BatchFrame frame) => _memory.AsSpan(frame.Offset, frame.Length);

    private void LieIn(byte[] memory)
    {
        _memory = memory;
        _copyBelow = Math.Max(AlwaysCopied, memory.Length / MaximumAmplification);
    }

    private void Add(BatchFrame frame)
    {
        if (_at.Frames == _frames.Length) Array.Resize(ref _frames, _at.Frames * 2);
        _frames[_at.Frames++] = frame;
    }

    private void Recycle()
    {
        Debug.Assert(!_isBorrowing, "The memory is another's.");
        if (_memory != _own) BlockPool.Return(_memory);
        _memory = _own;
        Source = null;
        Next = null;
        _isSealed = false;
        _wholeCount = 0;
        _at = default;
        InboundBatchPool.Return(this);
    }
}
