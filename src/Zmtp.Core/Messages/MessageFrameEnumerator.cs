namespace Zmtp;

/// <summary>Goes through the frames of a message, for <c>foreach (var frame in message)</c>. For one thread, as the message is.</summary>
public struct MessageFrameEnumerator
{
    private readonly Message _message;
    private int _frame;

    internal MessageFrameEnumerator(Message message)
    {
        _message = message;
        _frame = -1;
    }

    /// <summary>The frame's octets, where they lie: valid until the message is disposed or sent. After the last one, that one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none yet.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent meanwhile.</exception>
    public readonly ReadOnlyMemory<byte> Current => _message[_frame];

    /// <summary>Goes on to the next frame.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent meanwhile.</exception>
    public bool MoveNext()
    {
        if (_frame >= _message.FrameCount - 1) return false;
        _frame++;
        return true;
    }
}
