using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// Turns octets into messages once the handshake has succeeded; no I/O. Small frames are taken from the receive buffer in one pass;
/// a frame that is larger than what a buffer should hold is read straight into the memory it ends in (<see cref="LargeFrame"/>).
/// </summary>
/// <remarks>
/// Memory for a large frame grows with the octets that have arrived, never with the length that was declared. All errors are
/// <see cref="ZmtpProtocolException"/>: close without a frame.
/// </remarks>
internal sealed class TrafficReader : IDisposable
{
    /// <summary>A command is a topic or a group and some octets; nobody needs larger ones.</summary>
    public const int MaxCommandLength = 64 * 1024;

    /// <summary>From here on a frame is read into its own memory instead of through the receive buffer.</summary>
    private const int LargeFrameLength = 32 * 1024;

    private readonly Mechanism _mechanism;
    private readonly bool _isSealing;
    private readonly IConnectionOwner _owner;
    private readonly bool _takesBatches;
    private readonly HeartbeatMonitor _heartbeat;
    private readonly long _maxMessageSize;
    private readonly LargeFrame _large = new();

    // The batch of this read; null until something goes into it.
    private InboundBatch? _batch;

    // The memory of this read, where messages may stay there: what is sealed may not. And where in it the read begins.
    private byte[]? _lent;
    private int _lentFrom;

    // The message that cannot go into a batch: the pattern must see it, it has a large frame, or it came with more than one read.
    private MessageBuffer? _message;
    private bool _sawPing;
    private long _messageCost;
    private int _batchOctets;

    public TrafficReader(Mechanism mechanism, IConnectionOwner owner, HeartbeatMonitor heartbeat, long maxMessageSize)
    {
        _mechanism = mechanism;
        _isSealing = mechanism.IsSealing;
        _owner = owner;
        _takesBatches = owner.TakesBatches;
        _heartbeat = heartbeat;
        _maxMessageSize = Math.Min(maxMessageSize, long.MaxValue / 2);
    }

    /// <summary>Where the rest of a large frame belongs; empty when none is being read.</summary>
    public Memory<byte> LargeFrameRest => _large.Rest;

    /// <summary>Whether a message has begun, or a command that is long, whose rest has yet to come. By the reader, or once the owner has left.</summary>
    public bool HasBegun => _message is not null || _large.IsActive;

    /// <summary>Reads complete frames off the front of what is unread.</summary>
    /// <param name="input">All that is unread, contiguous.</param>
    /// <param name="hasRoom">False: the owner takes no more for now; the rest of the input is to be given again.</param>
    /// <returns>How many octets were used.</returns>
    public int Read(ReadOnlySpan<byte> input, out bool hasRoom)
    {
        hasRoom = true;
        _batchOctets = input.Length;
        var used = 0;
        var afterPing = input.Length;
        while (hasRoom && used < input.Length)
        {
            var rest = input[used..];
            if (_large.IsActive)
            {
                used += _large.Fill(rest);
                if (_large.IsComplete) hasRoom = EndLargeFrame();
                continue;
            }

            if (!FrameHeader.TryRead(rest, out var header)) break;
            Check(header);
            if (header.BodyLength > rest.Length - header.HeaderLength)
            {
                if (header.BodyLength < LargeFrameLength) break;
                Count(header);
                BeginLargeFrame(header);
                used += header.HeaderLength;
                continue;
            }

            Count(header);
            used += header.HeaderLength + (int)header.BodyLength;
            hasRoom = ReadFrame(header, rest.Slice(header.HeaderLength, (int)header.BodyLength), used - (int)header.BodyLength);
            if (!_sawPing) continue;
            _sawPing = false;
            afterPing = used;
        }

        // What came in the same read behind a PING is the sign of life that its ttl asks for.
        if (afterPing < input.Length) _heartbeat.OnReceived();
        return used;
    }

    /// <summary>
    /// As <see cref="Read"/>; messages that are not sealed stay where they lie, until <see cref="EndLoan"/>, which is to follow, also after a failure.
    /// </summary>
    /// <param name="input">All that is unread, in an array of <see cref="BlockPool"/> that may become the messages'.</param>
    /// <param name="hasRoom">As of <see cref="Read"/>.</param>
    /// <returns>As of <see cref="Read"/>.</returns>
    public int ReadLent(ArraySegment<byte> input, out bool hasRoom)
    {
        _lent = _isSealing ? null : input.Array;
        _lentFrom = input.Offset;
        try
        {
            return Read(input.AsSpan(), out hasRoom);
        }
        finally
        {
            _lent = null;
        }
    }

    /// <summary>Ends the loan of the memory that was read. Messages that lie in it move out where they may not keep it.</summary>
    /// <returns>Whether they keep it: it is theirs from now on.</returns>
    public bool EndLoan(bool mayKeep) => _batch is { IsBorrowing: true } batch && batch.EndLoan(mayKeep);

    /// <summary>Octets have been read straight into <see cref="LargeFrameRest"/>.</summary>
    /// <returns>Whether the owner has room for more.</returns>
    public bool AdvanceLargeFrame(int octets)
    {
        _large.Advance(octets);
        return !_large.IsComplete || EndLargeFrame();
    }

    /// <summary>Hands over what was read. A message that lacks frames waits for them here.</summary>
    public void EndRead()
    {
        var batch = _batch;
        _batch = null;
        if (batch is { HasOpenFrames: true }) TakeOpenFrames(batch);
        _owner.OnReadEnd();
    }

    /// <summary>Drops what is incomplete: a message arrives whole or not at all.</summary>
    public void Dispose()
    {
        _large.Dispose();
        _message?.Return();
        _message = null;
    }

    private void TakeOpenFrames(InboundBatch batch)
    {
        try
        {
            _message = _owner.BeginMessage();
            batch.MoveOpenFrames(_message);
        }
        catch
        {
            // The connection ends, and its owner may have another one: what comes by that must not be taken for the rest of the message.
            batch.DropOpenFrames();
            _owner.OnReadEnd();
            throw;
        }
    }

    /// <param name="header">The frame's.</param>
    /// <param name="body">Its body.</param>
    /// <param name="at">Where it lies in what is read.</param>
    private bool ReadFrame(FrameHeader header, ReadOnlySpan<byte> body, int at)
    {
        if (_isSealing) return ReadSealed(header, body);
        if (header.IsCommand) return OnCommand(body);
        if (GoesIntoBatch(body.Length))
        {
            if (_batch!.IsBorrowing) _batch.AddBorrowedFrame(_lentFrom + at, body.Length, header.HasMore);
            else _batch.AppendFrame(body, header.HasMore);
            return EndBatchFrame(header.HasMore);
        }

        Message().AppendFrame(body);
        return EndFrame(header.HasMore);
    }

    private bool ReadSealed(FrameHeader header, ReadOnlySpan<byte> body)
    {
        CheckSealed(header);
        var prefix = _mechanism.OpenPrefix;
        var length = Math.Max(0, body.Length - _mechanism.SealOverhead);
        if (!GoesIntoBatch(length + prefix)) return ReadSealedMessage(header, body, prefix, length);
        var place = _batch!.Reserve(length + prefix);
        var flags = _mechanism.Open(body, place);
        if ((flags & PayloadFlags.Command) != 0) return OnSealedCommand(flags, place.Slice(prefix, length));
        CheckOpened(header);
        var more = (flags & PayloadFlags.More) != 0;
        _batch.CommitFrame(prefix, length, more);
        return EndBatchFrame(more);
    }

    private bool ReadSealedMessage(FrameHeader header, ReadOnlySpan<byte> body, int prefix, int length)
    {
        var place = Message().AppendFrame(length + prefix);
        return EndOpened(header, _mechanism.Open(body, place), prefix, length);
    }

    /// <summary>Opens the large frame that was read into the message, where it lies.</summary>
    private bool OpenLastFrame(FrameHeader header)
    {
        CheckSealed(header);
        var body = LastFrame(_message!);
        var overhead = _mechanism.SealOverhead;
        return EndOpened(header, _mechanism.OpenInPlace(body), overhead, body.Length - overhead);
    }

    /// <summary>The last frame of the message has been opened: it is one, or a command that has no business there.</summary>
    /// <param name="header">Of the frame that was sealed.</param>
    /// <param name="flags">What was sealed.</param>
    /// <param name="offset">Where it begins in the frame.</param>
    /// <param name="length">Its octets.</param>
    private bool EndOpened(FrameHeader header, PayloadFlags flags, int offset, int length)
    {
        var message = _message!;
        if ((flags & PayloadFlags.Command) != 0)
        {
            var hasRoom = OnSealedCommand(flags, LastFrame(message).Slice(offset, length));
            message.RemoveLastFrame();
            if (_messageCost > 0) return hasRoom;

            // It stood between messages: none has begun, and a connection on which nothing more comes keeps no memory for one.
            _message = null;
            message.Return();
            return hasRoom;
        }

        CheckOpened(header);
        message.TrimLastFrame(offset, length);
        return EndFrame((flags & PayloadFlags.More) != 0);
    }

    private static Span<byte> LastFrame(MessageBuffer message) => message.Slot(message.FrameCount - 1).Span;

    private static void CheckSealed(FrameHeader header)
    {
        if (!header.HasMore) return;
        throw new ZmtpProtocolException(ProtocolError.MalformedMessage, "The peer set MORE outside the box of a MESSAGE command.");
    }

    private bool OnSealedCommand(PayloadFlags flags, ReadOnlySpan<byte> body)
    {
        if ((flags & PayloadFlags.More) != 0)
        {
            throw new ZmtpProtocolException(ProtocolError.MalformedMessage, "The peer sealed a command with MORE, which no command may have.");
        }

        // Not before: what is sealed may be a message.
        if (body.Length > MaxCommandLength) throw CommandTooLarge(body.Length);
        _messageCost -= body.Length + MessageBuffer.FrameCost;
        return OnCommand(body);
    }

    private static ZmtpProtocolException CommandTooLarge(long length) => new(
        ProtocolError.FrameTooLarge,
        $"The peer sent a command of {length} octets; at most {MaxCommandLength} are allowed. Check how long its topics are.");

    private MessageBuffer Message()
    {
        if (_message is not null) return _message;
        _message = _owner.BeginMessage();
        if (_batch is { HasOpenFrames: true }) _batch.MoveOpenFrames(_message);
        return _message;
    }

    /// <summary>Whether a frame goes into the batch; if so, there is one with room for it.</summary>
    private bool GoesIntoBatch(int length)
    {
        if (!_takesBatches || _message is not null) return false;
        _batch ??= OpenBatch();
        return _batch.HasRoomFor(length);
    }

    private InboundBatch OpenBatch()
    {
        var batch = _owner.OpenBatch(_lent is null ? _batchOctets : 0);
        if (_lent is not null) batch.Borrow(_lent);
        return batch;
    }

    private bool EndBatchFrame(bool more)
    {
        if (more) return true;
        _messageCost = 0;
        return _owner.EndBatchMessage();
    }

    private bool EndFrame(bool more)
    {
        if (more) return true;
        var message = _message!;
        _message = null;
        _messageCost = 0;
        return _owner.EndMessage(message);
    }

    /// <returns>Whether the owner has room for more: the pattern may have made a message of the command.</returns>
    private bool OnCommand(ReadOnlySpan<byte> body)
    {
        if (!CommandCodec.TryRead(body, out var name, out _))
        {
            throw new ZmtpProtocolException(ProtocolError.MalformedCommand, "The peer sent a command without a valid name.");
        }

        if (name.SequenceEqual(CommandNames.Ping))
        {
            _heartbeat.OnPing(body);
            _sawPing = true;
        }
        else if (name.SequenceEqual(CommandNames.Pong))
        {
            // A sign of life, which it already was as octets.
            PongCommand.Read(body, out _);
        }
        else if (name.SequenceEqual(CommandNames.Ready) || name.SequenceEqual(CommandNames.Error))
        {
            throw new ZmtpProtocolException(
                ProtocolError.UnexpectedCommand, "The peer sent a handshake command after the handshake was complete.");
        }
        else
        {
            _owner.OnCommand(body);
            return _owner.HasRoom;
        }

        return true;
    }

    private void Check(FrameHeader header)
    {
        // Compared before anything is sized by it. What sealing adds is not the application's, and what is sealed may be a command.
        var isCommand = header.IsCommand && !_isSealing;
        var limit = isCommand ? MaxCommandLength : _maxMessageSize - _messageCost;
        if (_isSealing) limit = Math.Max(limit, MaxCommandLength) + _mechanism.SealOverhead;
        if (header.BodyLength <= limit && header.BodyLength <= Array.MaxLength) return;
        throw isCommand ? CommandTooLarge(header.BodyLength) : FrameTooLarge(header);
    }

    /// <summary>What was sealed is no command, so it must fit into the message, with which it has been counted.</summary>
    private void CheckOpened(FrameHeader header)
    {
        if (_messageCost - MessageBuffer.FrameCost > _maxMessageSize) throw FrameTooLarge(header);
    }

    private static ZmtpProtocolException FrameTooLarge(FrameHeader header) => new(
        ProtocolError.FrameTooLarge,
        $"The peer sent a frame of {header.BodyLength} octets, more than the limit allows. Raise MaxMessageSize if messages of this size are meant.");

    // Once per frame, when it is taken: a header whose body is still on its way is looked at again and again.
    private void Count(FrameHeader header)
    {
        if (header.IsCommand && !_isSealing) return;
        _messageCost += Math.Max(0, header.BodyLength - _mechanism.SealOverhead) + MessageBuffer.FrameCost;
    }

    private void BeginLargeFrame(FrameHeader header)
    {
        // What is sealed may turn out to be a command; in place it costs no second memory, so it is opened where it lies.
        if (header.IsCommand && !_isSealing) _large.BeginDetached(header);
        else _large.BeginInMessage(header, Message());
    }

    private bool EndLargeFrame()
    {
        var header = _large.Header;
        if (!_large.IsDetached)
        {
            _large.End();
            return _isSealing ? OpenLastFrame(header) : EndFrame(header.HasMore);
        }

        try
        {
            return OnCommand(_large.Body);
        }
        finally
        {
            _large.End();
        }
    }
}
