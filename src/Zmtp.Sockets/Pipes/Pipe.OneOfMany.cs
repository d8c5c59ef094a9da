using System.Diagnostics;

namespace Zmtp.Sockets.Pipes;

// Sends to one of several peers: the end of its connection is no concern of the others, nor of the sender.
internal sealed partial class Pipe
{
    // Both under the gate. _answered: how many messages had been received when the last answer was sent.
    private SendBurst.Mark _inBurst;
    private long _answered;

    // What CountSpread found for the last message that was not an answer.
    private int _spread;

    /// <summary>
    /// Over how many pipes a message is spread that is about to leave. Not an answer: requests of many peers are answered in turn as well, and each answer
    /// may be what its peer waits for, and the last for a while.
    /// </summary>
    public int CountSpread()
    {
        var taken = Inbound.Taken;
        if (taken == _answered) return _spread = Math.Max(_socket.Spread, _socket.Burst.Count(Stopwatch.GetTimestamp(), ref _inBurst));
        _answered = taken;
        return _socket.Spread;
    }

    /// <summary>
    /// As <see cref="TrySend(ReadOnlySpan{byte}, bool)"/>. False, too, where the connection cannot encode the frame: that is its end, and told as such.
    /// </summary>
    public bool TrySendToOneOfMany(ReadOnlySpan<byte> frame)
    {
        try
        {
            return TrySend(frame, isOneOfMany: true);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            return false;
        }
    }

    /// <summary>
    /// As <see cref="TrySend(MessageBuffer, bool, int, byte[], bool)"/>. False, too, where the connection cannot encode the message: that is its end, and told
    /// as such.
    /// </summary>
    /// <param name="message">The message; taken over unless <paramref name="keep"/>.</param>
    /// <param name="keep">The caller keeps the message: what has to wait is copied.</param>
    /// <param name="firstFrame">The frames before it stay here.</param>
    /// <param name="routingId">
    /// The <see cref="RoutingId"/> by which the pipe was found; null where none was looked for. False also if it leads to another peer by
    /// now.
    /// </param>
    public bool TrySendToOneOfMany(MessageBuffer message, bool keep = false, int firstFrame = 0, byte[]? routingId = null)
    {
        try
        {
            return TrySend(message, keep, firstFrame, routingId, isOneOfMany: true);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            return false;
        }
    }

    /// <summary>
    /// How many peers miss a message that was not taken here: one, whose queue was full or whose connection could not encode it, or none where nobody is
    /// there any more.
    /// </summary>
    public int Missing => IsClosed ? 0 : 1;

    /// <summary>Sends a message by each of several pipes, and takes it over.</summary>
    /// <returns>How many peers have missed it, whose queues were full.</returns>
    public static int SendToEach(ReadOnlySpan<Pipe> pipes, MessageBuffer message)
    {
        var isTaken = false;
        var missed = 0;
        if (pipes.Length == 1)
        {
            isTaken = pipes[0].TrySendToOneOfMany(message);
            if (!isTaken) missed = pipes[0].Missing;
        }
        else if (pipes.Length > 1)
        {
            message.Share();
            foreach (var pipe in pipes)
            {
                if (!pipe.TrySendToOneOfMany(message, keep: true)) missed += pipe.Missing;
            }
        }

        if (!isTaken) message.Return();
        return missed;
    }

    /// <summary>
    /// Whether a send threw this since the connection could not encode what it got. As a filter, which runs before the gate is left: the connection that
    /// failed is still the pipe's, although nothing is sent by it any more.
    /// </summary>
    public bool IsEndOfConnection(Exception e) => _connection?.Writer.HasFailedWith(e) == true;
}
