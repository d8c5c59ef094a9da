using Zmtp.Sockets.Pipes;
using Zmtp.Wire;

namespace Zmtp.Sockets.Subscriptions;

/// <summary>
/// The half of PUB and XPUB that sends: the topics of its peers, and each message to every peer that it concerns (RFC 29). Never waits: a
/// subscriber whose queue is full misses the message, whole.
/// </summary>
internal sealed class Publisher
{
    /// <summary>What one peer's subscriptions may occupy, in octets; more ends the connection.</summary>
    public const long MaxSubscriptionCost = 64 * 1024 * 1024;

    private readonly TopicTree _topics = new();
    private int _spread = 1;

    /// <summary>To how many peers the last message went that any peer got; a hint.</summary>
    public int Spread => Volatile.Read(ref _spread);

    /// <summary>A peer is there that is going to subscribe.</summary>
    public static void Meet(Pipe pipe, ZmtpPeer peer) => pipe.Subscriber!.CancelsAtOnce = peer.SocketType == SocketType.XSub;

    /// <summary>Adds one subscription.</summary>
    /// <returns>Whether the topic is new to the peer.</returns>
    /// <exception cref="ZmtpProtocolException">The topic is too long, or the peer's topics are too many.</exception>
    public bool Subscribe(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        ThrowIfTooLong(topic);
        var subscriber = pipe.Subscriber!;

        // Judged first: to add a topic copies it, while all publishing threads wait. The exact cost is seldom asked for: a known topic
        // costs nothing.
        if (subscriber.Cost + Subscriber.TopicCost + topic.Length > MaxSubscriptionCost && _topics.CostWith(subscriber, topic) > MaxSubscriptionCost)
        {
            throw new ZmtpProtocolException(
                ProtocolError.Unspecified, $"The peer's subscriptions occupy more than {MaxSubscriptionCost} octets. Check what it subscribes to.");
        }

        return _topics.Add(subscriber, topic);
    }

    /// <summary>Takes one subscription back. An unknown topic does nothing.</summary>
    /// <returns>How many the peer still has to the topic; null: it had none.</returns>
    /// <exception cref="ZmtpProtocolException">The topic is too long.</exception>
    public int? Cancel(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        ThrowIfTooLong(topic);
        return _topics.Remove(pipe.Subscriber!, topic);
    }

    /// <summary>Takes all subscriptions of a peer back.</summary>
    /// <param name="pipe">The peer's.</param>
    /// <param name="forGood">Whether no other peer comes to the pipe.</param>
    /// <returns>The topics, each once.</returns>
    public IReadOnlyList<TopicNode> Clear(Pipe pipe, bool forGood) =>
        pipe.Subscriber is { } subscriber ? _topics.Clear(subscriber, forGood) : [];

    /// <summary>Sends one frame as a message to all peers that have subscribed to it.</summary>
    /// <returns>How many of them have missed it.</returns>
    public int Send(ReadOnlySpan<byte> frame)
    {
        var found = default(Recipients);
        var pipes = RecipientsOf(frame, ref found);
        NoteSpread(pipes.Length);
        var missed = frame.Length >= MessageBuffer.SharedLength && pipes.Length > 1 ? SendShared(frame, pipes) : SendToEach(frame, pipes);
        found?.Return();
        return missed;
    }

    /// <summary>Sends a message to all peers that have subscribed to it, and takes it over.</summary>
    /// <returns>How many of them have missed it.</returns>
    public int Send(MessageBuffer message)
    {
        var found = default(Recipients);
        var pipes = RecipientsOf(message.Slot(0).Span, ref found);
        NoteSpread(pipes.Length);
        var missed = Pipe.SendToEach(pipes, message);
        found?.Return();
        return missed;
    }

    // What comes as a command is no longer than this.
    private static void ThrowIfTooLong(ReadOnlySpan<byte> topic)
    {
        if (topic.Length <= Topic.MaxLength) return;
        throw new ZmtpProtocolException(
            ProtocolError.FrameTooLarge,
            $"The peer sent a subscription to a topic of {topic.Length} octets; at most {Topic.MaxLength} are allowed. " +
            "Check how long its topics are.");
    }

    private static int SendToEach(ReadOnlySpan<byte> frame, ReadOnlySpan<Pipe> pipes)
    {
        var missed = 0;
        foreach (var pipe in pipes)
        {
            if (!pipe.TrySendToOneOfMany(frame)) missed += pipe.Missing;
        }

        return missed;
    }

    /// <summary>Sends a large frame to many: those in whose queues it has to wait share one copy.</summary>
    private static int SendShared(ReadOnlySpan<byte> frame, ReadOnlySpan<Pipe> pipes)
    {
        MessageBuffer? copy = null;
        var missed = 0;
        foreach (var pipe in pipes)
        {
            if (copy is null && pipe.NeedsNoCopyOf(frame))
            {
                if (!pipe.TrySendToOneOfMany(frame)) missed += pipe.Missing;
                continue;
            }

            if (copy is null)
            {
                copy = MessageBuffer.Rent();
                copy.AppendFrame(frame);
                copy.Share();
            }

            if (!pipe.TrySendToOneOfMany(copy, keep: true)) missed += pipe.Missing;
        }

        copy?.Return();
        return missed;
    }

    // Not written at each message: threads that send at the same time look at it.
    private void NoteSpread(int recipients)
    {
        if (recipients > 0 && recipients != _spread) Volatile.Write(ref _spread, recipients);
    }

    /// <param name="firstFrame">What the topics are compared with.</param>
    /// <param name="found">Where the pipes are, to be given back after use, if they had to be searched for.</param>
    private ReadOnlySpan<Pipe> RecipientsOf(ReadOnlySpan<byte> firstFrame, ref Recipients? found)
    {
        if (_topics.Everybody is { } everybody) return everybody;
        found = Recipients.Rent();
        _topics.Find(firstFrame, found);
        return found.Pipes;
    }
}
