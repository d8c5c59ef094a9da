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

    /// <summary>
    /// What each frame counts towards the message limit besides its octets, so that a message of endless empty frames ends too.
    /// </summary>
    private const int FrameCost = 32;

    private readonly Mechanism _mechanism;
    private readonly IConnectionOwner _owner;
    private readonly HeartbeatMonitor _heartbeat;
    private readonly long _maxMessageSize;
    private readonly LargeFrame _large = new();
    private MessageBuffer? _message;
    private bool _sawPing;
    private long _messageCost;

    public TrafficReader(Mechanism mechanism, IConnectionOwner owner, HeartbeatMonitor heartbeat, long maxMessageSize)
    {
        _mechanism = mechanism;
        _owner = owner;
        _heartbeat = heartbeat;
        _maxMessageSize = Math.Min(maxMessageSize, long.MaxValue / 2);
    }

    /// <summary>Where the rest of a large frame belongs; empty when none is being read.</summary>
    public Memory<byte> LargeFrameRest => _large.Rest;

    /// <summary>Reads complete frames off the front of what is unread.</summary>
    /// <param name="input">All that is unread, contiguous.</param>
    /// <param name="hasRoom">False: the owner takes no more for now; the rest of the input is to be given again.</param>
    /// <returns>How many octets were used.</returns>
    public int Read(ReadOnlySpan<byte> input, out bool hasRoom)
    {
        hasRoom = true;
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
            hasRoom = ReadFrame(header, rest.Slice(header.HeaderLength, (int)header.BodyLength));
            if (!_sawPing) continue;
            _sawPing = false;
            afterPing = used;
        }

        // What came in the same read behind a PING is the sign of life that its ttl asks for.
        if (afterPing < input.Length) _heartbeat.OnReceived();
        return used;
    }

    /// <summary>Octets have been read straight into <see cref="LargeFrameRest"/>.</summary>
    /// <returns>Whether the owner has room for more.</returns>
    public bool AdvanceLargeFrame(int octets)
    {
        _large.Advance(octets);
        return !_large.IsComplete || EndLargeFrame();
    }

    /// <summary>Drops what is incomplete: a message arrives whole or not at all.</summary>
    public void Dispose()
    {
        _large.Dispose();
        _message?.Return();
        _message = null;
    }

    private bool ReadFrame(FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (_mechanism.IsSealing) return ReadSealed(header, body);
        if (header.IsCommand) return OnCommand(body);
        _message ??= _owner.BeginMessage();
        _message.AppendFrame(body);
        return EndFrame(header.HasMore);
    }

    private bool ReadSealed(FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (header.HasMore)
        {
            throw new ZmtpProtocolException(ProtocolError.MalformedMessage, "The peer set MORE outside the box of a MESSAGE command.");
        }

        _message ??= _owner.BeginMessage();
        var prefix = _mechanism.OpenPrefix;
        var length = Math.Max(0, body.Length - _mechanism.SealOverhead);
        var place = _message.AppendFrame(length + prefix);
        var flags = _mechanism.Open(body, place);
        if ((flags & PayloadFlags.Command) != 0)
        {
            if ((flags & PayloadFlags.More) != 0)
            {
                throw new ZmtpProtocolException(ProtocolError.MalformedMessage, "The peer sealed a command with MORE, which no command may have.");
            }

            var room = OnCommand(place.Slice(prefix, length));
            _message.RemoveLastFrame();
            _messageCost -= body.Length + FrameCost;
            return room;
        }

        _message.TrimLastFrame(prefix, length);
        return EndFrame((flags & PayloadFlags.More) != 0);
    }

    private bool EndFrame(bool more)
    {
        if (more) return true;
        var message = _message!;
        _message = null;
        _messageCost = 0;
        return _owner.EndMessage(message);
    }

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
            HeartbeatMonitor.OnPong(body);
        }
        else if (name.SequenceEqual(CommandNames.Ready) || name.SequenceEqual(CommandNames.Error))
        {
            throw new ZmtpProtocolException(
                ProtocolError.UnexpectedCommand, "The peer sent a handshake command after the handshake was complete.");
        }
        else
        {
            _owner.OnCommand(body);
        }

        return true;
    }

    private void Check(FrameHeader header)
    {
        // Compared before anything is sized by it. What sealing adds is not the application's.
        var isCommand = header.IsCommand && !_mechanism.IsSealing;
        var limit = isCommand ? MaxCommandLength : _maxMessageSize - _messageCost + _mechanism.SealOverhead;
        if (header.BodyLength <= limit && header.BodyLength <= Array.MaxLength) return;
        throw new ZmtpProtocolException(
            ProtocolError.FrameTooLarge,
            isCommand
                ? $"The peer sent a command of {header.BodyLength} octets; at most {MaxCommandLength} are allowed. Check how long its topics are."
                : $"The peer sent a frame of {header.BodyLength} octets, more than the limit allows. " +
                  "Raise MaxMessageSize if messages of this size are meant.");
    }

    // Once per frame, when it is taken: a header whose body is still on its way is looked at again and again.
    private void Count(FrameHeader header)
    {
        if (_mechanism.IsSealing || !header.IsCommand) _messageCost += header.BodyLength + FrameCost;
    }

    private void BeginLargeFrame(FrameHeader header)
    {
        if (_mechanism.IsSealing || header.IsCommand)
        {
            _large.BeginDetached(header);
            return;
        }

        _message ??= _owner.BeginMessage();
        _large.BeginInMessage(header, _message);
    }

    private bool EndLargeFrame()
    {
        var header = _large.Header;
        if (!_large.IsDetached)
        {
            _large.End();
            return EndFrame(header.HasMore);
        }

        try
        {
            return ReadFrame(header, _large.Body);
        }
        finally
        {
            _large.End();
        }
    }
}
