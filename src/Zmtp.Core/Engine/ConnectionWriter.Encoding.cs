namespace Zmtp.Engine;

// What goes into the buffer.
internal sealed partial class ConnectionWriter
{
    /// <summary>Encodes one frame. Under the gate; all frames of a message without leaving it.</summary>
    public void WriteFrame(ReadOnlySpan<byte> data, bool more) => _buffer.WriteFrame(data, more);

    /// <summary>Encodes a message that its owner keeps. Under the gate.</summary>
    public void WriteMessage(MessageBuffer message, int firstFrame = 0)
    {
        var last = message.FrameCount - 1;
        for (var i = firstFrame; i <= last; i++) _buffer.WriteFrame(message.Slot(i).Span, i < last);
    }

    /// <summary>Encodes a message and gives it back to the pool; large bodies stay where they are until they are sent. Under the gate.</summary>
    public void TakeMessage(MessageBuffer message, int firstFrame = 0)
    {
        var last = message.FrameCount - 1;
        for (var i = firstFrame; i <= last; i++) _buffer.TakeFrame(ref message.Slot(i), i < last);
        message.Return();
    }

    /// <summary>Encodes a command body. Under the gate, never between the frames of a message.</summary>
    public void WriteCommand(ReadOnlySpan<byte> body) => _buffer.WriteCommand(body);
}
