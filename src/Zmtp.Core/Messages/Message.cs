using System.Runtime.CompilerServices;
using System.Text;

namespace Zmtp;

/// <summary>
/// A message: one or more frames, delivered whole or not at all. A handle to pooled memory: dispose it when done, and the
/// memory serves another message.
/// </summary>
/// <remarks>
/// <para>
/// Ownership: the code that receives or creates a message owns it. Sending it hands it over. After <see cref="Dispose"/> or a send
/// the handle, and every copy of it, is recognised as stale: members throw <see cref="ObjectDisposedException"/>, and a second
/// <see cref="Dispose"/> does nothing. A message that is never disposed is collected like any object.
/// </para>
/// <para>Memory and spans taken from a message are valid until it is disposed or sent. Not thread-safe.</para>
/// </remarks>
public readonly struct Message : IDisposable
{
    private readonly MessageBuffer? _buffer;
    private readonly int _version;

    internal Message(MessageBuffer buffer)
    {
        _buffer = buffer;
        _version = buffer.Version;
    }

    /// <summary>How many frames there are so far; 0 for a message to which none was appended yet, and for <c>default</c>.</summary>
    public int FrameCount => _buffer is null ? 0 : Buffer.FrameCount;

    /// <summary>Octets of all frames together.</summary>
    public long Length => _buffer is null ? 0 : Buffer.Length;

    /// <summary>The octets of the first frame; of the message, when it has only one. Empty when there is none.</summary>
    public ReadOnlySpan<byte> Span => FrameCount == 0 ? default : Buffer.Slot(0).Span;

    /// <summary>
    /// The connection this message came in on, with what is known and verified of the peer. Null on messages of our own.
    /// </summary>
    public ZmtpPeer? Peer => _buffer is null ? null : Buffer.Source?.Peer;

    /// <summary>
    /// The name that the authenticator vouched for when the peer came in (RFC 27, "User id"). Empty when nobody was asked.
    /// </summary>
    public string UserId => Peer?.UserId ?? "";

    internal MessageBuffer Buffer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var buffer = _buffer;
            if (buffer is null || buffer.Version != _version) ThrowStale();
            return buffer!;
        }
    }

    /// <summary>One frame's octets, where they lie: valid until the message is disposed or sent.</summary>
    /// <remarks>
    /// To keep them, a ROUTER's routing id for example, copy them by <see cref="ToArray"/>: the memory is the next message's then. They are no key of a
    /// dictionary either, since a <see cref="ReadOnlyMemory{T}"/> is compared by its place: take <c>Convert.ToHexString(message[0].Span)</c>, or
    /// <see cref="Peer"/>, which is one object for each connection.
    /// </remarks>
    /// <param name="frame">0 to <see cref="FrameCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such frame.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    public ReadOnlyMemory<byte> this[int frame]
    {
        get
        {
            ref var slot = ref Buffer.Slot(frame);
            return new ReadOnlyMemory<byte>(slot.Array, slot.Offset, slot.Length);
        }
    }

    /// <summary>Starts a message without frames.</summary>
    /// <returns>The message; yours to dispose or to send.</returns>
    public static Message Create() => new(MessageBuffer.Rent());

    /// <summary>Makes a message of text frames, in UTF-8.</summary>
    /// <param name="frames">The frames.</param>
    /// <returns>The message; yours to dispose or to send.</returns>
    /// <exception cref="ArgumentNullException">A frame is null.</exception>
    public static Message Of(params ReadOnlySpan<string> frames)
    {
        var message = Create();
        foreach (var frame in frames)
        {
            ArgumentNullException.ThrowIfNull(frame, nameof(frames));
            message.Append(frame);
        }

        return message;
    }

    /// <summary>Makes a message of binary frames; they are copied.</summary>
    /// <param name="frames">The frames.</param>
    /// <returns>The message; yours to dispose or to send.</returns>
    public static Message Of(params ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        var message = Create();
        foreach (var frame in frames) message.Append(frame.Span);
        return message;
    }

    /// <summary>Makes a message of two frames: text in UTF-8, a topic for example, and octets, which are copied.</summary>
    /// <param name="first">The first frame; may be empty.</param>
    /// <param name="second">The second one; may be empty.</param>
    /// <returns>The message; yours to dispose or to send.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static Message Of(string first, ReadOnlyMemory<byte> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        return Create().Append(first).Append(second.Span);
    }

    /// <summary>
    /// Makes a message of two frames: octets, which are copied, and text in UTF-8; a ROUTER's answer for example, <c>Of(request[0], "an answer")</c>.
    /// </summary>
    /// <param name="first">The first frame; may be empty.</param>
    /// <param name="second">The second one; may be empty.</param>
    /// <returns>The message; yours to dispose or to send.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static Message Of(ReadOnlyMemory<byte> first, string second)
    {
        ArgumentNullException.ThrowIfNull(second);
        return Create().Append(first.Span).Append(second);
    }

    /// <summary>Adds a frame; the octets are copied.</summary>
    /// <param name="frame">The frame's octets; may be empty.</param>
    /// <returns>This message.</returns>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    [OverloadResolutionPriority(1)]
    public Message Append(ReadOnlySpan<byte> frame)
    {
        Buffer.AppendFrame(frame);
        return this;
    }

    /// <summary>Adds a frame; the octets are copied.</summary>
    /// <param name="frame">The frame's octets, for example one of another message, <c>received[0]</c>; may be empty.</param>
    /// <returns>This message.</returns>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    public Message Append(ReadOnlyMemory<byte> frame) => Append(frame.Span);

    /// <summary>Adds a frame of text in UTF-8.</summary>
    /// <param name="frame">The text; may be empty.</param>
    /// <returns>This message.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    [OverloadResolutionPriority(1)]
    public Message Append(string frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Encoding.UTF8.GetBytes(frame, Buffer.AppendFrame(Encoding.UTF8.GetByteCount(frame)));
        return this;
    }

    /// <summary>
    /// Adds copies of another message's frames: all of them, or those behind its envelope. <c>Message.Create().Append(message)</c> is a copy.
    /// </summary>
    /// <param name="other">The other message, which stays its owner's and as it is. May be this one.</param>
    /// <param name="firstFrame">The frames before it are left out: 0 to the number of its frames, with which nothing is added.</param>
    /// <returns>This message.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The first frame is none of these.</exception>
    /// <exception cref="ObjectDisposedException">One of the two was disposed or sent already, or is <c>default</c>.</exception>
    public Message Append(Message other, int firstFrame = 0)
    {
        var (buffer, from) = (Buffer, other.Buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(firstFrame);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstFrame, from.FrameCount);
        buffer.AppendFrames(from, firstFrame);
        return this;
    }

    /// <summary>The frames one by one: <c>foreach (var frame in message)</c>. What each is valid for, and its errors, as of <see cref="this"/>.</summary>
    /// <returns>What <c>foreach</c> takes. It allocates nothing.</returns>
    public MessageFrameEnumerator GetEnumerator() => new(this);

    /// <summary>A frame as UTF-8 text. What is not UTF-8 in it becomes U+FFFD, the replacement character.</summary>
    /// <remarks>
    /// Not for routing ids: those that a ROUTER makes up are no text, and different ones become the same string. Keep <see cref="ToArray"/>; as a key take
    /// <c>Convert.ToHexString(message[0].Span)</c> or <see cref="Peer"/>.
    /// </remarks>
    /// <param name="frame">0 to <see cref="FrameCount"/> - 1.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such frame.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    public string AsString(int frame = 0) => Encoding.UTF8.GetString(Buffer.Slot(frame).Span);

    /// <summary>The octets of a frame in an array of their own, which outlives the message.</summary>
    /// <param name="frame">0 to <see cref="FrameCount"/> - 1.</param>
    /// <returns>The array.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such frame.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already, or is <c>default</c>.</exception>
    public byte[] ToArray(int frame = 0) => Buffer.Slot(frame).Span.ToArray();

    /// <summary>Gives the memory back. More than once does nothing.</summary>
    public void Dispose()
    {
        if (_buffer is not null && _buffer.Version == _version) _buffer.Return();
    }

    /// <summary>The shape of the message, not its content.</summary>
    public override string ToString() =>
        _buffer is null || _buffer.Version != _version ? "a message that is no longer owned" : $"{FrameCount} frames, {Length} octets";

    private static void ThrowStale() => throw new ObjectDisposedException(
        nameof(Message), "This message was disposed or sent already, or was never created; its memory belongs to somebody else now.");
}
