namespace Zmtp.Engine;

// What goes into the buffer. Encoding that ends half-way, for want of memory or by a defect, is the end of the connection.
internal sealed partial class ConnectionWriter : IThreadPoolWorkItem
{
    // Why encoding has ended half-way. Under the gate.
    private Exception? _defect;

    // Whether the connection is going to hear of it. Under the gate.
    private bool _isDefectTold;

    /// <summary>Whether encoding ended half-way by this, which is the end of the connection. Under the gate.</summary>
    public bool HasFailedWith(Exception e) => e == _defect;

    /// <summary>Encodes one frame. Under the gate; all frames of a message without leaving it.</summary>
    public void WriteFrame(ReadOnlySpan<byte> data, bool more)
    {
        try
        {
            _buffer.WriteFrame(data, more);
        }
        catch (Exception e)
        {
            Break(e);
            throw;
        }
    }

    /// <summary>Encodes a message that its owner keeps. Under the gate.</summary>
    public void WriteMessage(MessageBuffer message, int firstFrame = 0)
    {
        var last = message.FrameCount - 1;
        for (var i = firstFrame; i <= last; i++) WriteFrame(message.Slot(i).Span, i < last);
    }

    /// <summary>
    /// Encodes a message and gives it back to the pool; large bodies stay where they are until they are sent. After a failure it is still its
    /// owner's. Under the gate.
    /// </summary>
    public void TakeMessage(MessageBuffer message, int firstFrame = 0)
    {
        try
        {
            var last = message.FrameCount - 1;
            for (var i = firstFrame; i <= last; i++) _buffer.TakeFrame(ref message.Slot(i), i < last);
        }
        catch (Exception e)
        {
            Break(e);
            throw;
        }

        message.Return();
    }

    /// <summary>
    /// As <see cref="TakeMessage"/>, for a caller that did not make the message, and learns of a failure only by the connection's end.
    /// </summary>
    /// <returns>False: the connection is ending.</returns>
    public bool TryTakeMessage(MessageBuffer message)
    {
        try
        {
            TakeMessage(message);
            return true;
        }
        catch (Exception e) when (HasFailedWith(e))
        {
            return false;
        }
    }

    /// <summary>Encodes a command body. Under the gate, never between the frames of a message.</summary>
    public void WriteCommand(ReadOnlySpan<byte> body)
    {
        try
        {
            _buffer.WriteCommand(body);
        }
        catch (Exception e)
        {
            Break(e);
            throw;
        }
    }

    private bool TryWriteCommand(ReadOnlySpan<byte> body)
    {
        try
        {
            WriteCommand(body);
            return true;
        }
        catch (Exception e) when (HasFailedWith(e))
        {
            return false;
        }
    }

    /// <summary>
    /// A nonce may be used up, and a frame with MORE be there without the next: the peer would misread whatever is sent now. The owner sends nothing by
    /// this connection any more. Under the gate.
    /// </summary>
    private void Break(Exception cause)
    {
        _stopped = true;
        _buffer.Forget();
        _defect = cause;
        TellOfDefect();
        _owner.OnBroken(this);
    }

    /// <summary>
    /// Ends the connection, outside the gate: on the pool and not in the loop, which may be sending to a peer that does not read. Under the gate.
    /// </summary>
    private void TellOfDefect()
    {
        if (_defect is null || _isDefectTold) return;
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            _isDefectTold = true;
        }
        catch (OutOfMemoryException)
        {
            // The first cause is the one to be told. The next heartbeat, or answer to the peer's, comes back to it.
        }
    }

    void IThreadPoolWorkItem.Execute() => _fail(Volatile.Read(ref _defect)!);
}
