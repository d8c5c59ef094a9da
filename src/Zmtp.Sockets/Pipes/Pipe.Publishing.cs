using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

// Who is one of several that the same message goes to: what becomes of one is nothing to the others.
internal sealed partial class Pipe
{
    /// <summary>
    /// As <see cref="TrySend(ReadOnlySpan{byte})"/>. False, too, where the connection cannot encode the frame: that is its end, and told as such.
    /// </summary>
    public bool TryPublish(ReadOnlySpan<byte> frame)
    {
        try
        {
            return TrySend(frame);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            return false;
        }
    }

    /// <summary>
    /// As <see cref="TrySend(MessageBuffer, bool, int, byte[])"/>. False, too, where the connection cannot encode the message: that is its end, and told
    /// as such.
    /// </summary>
    /// <param name="message">The message; taken over unless <paramref name="keep"/>.</param>
    /// <param name="keep">The caller keeps the message: what has to wait is copied.</param>
    public bool TryPublish(MessageBuffer message, bool keep)
    {
        try
        {
            return TrySend(message, keep);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            return false;
        }
    }

    // As a filter, which runs before the gate is left: the connection that failed is still the pipe's.
    private bool IsEndOfConnection(Exception e) => _writer?.HasFailedWith(e) == true;
}
