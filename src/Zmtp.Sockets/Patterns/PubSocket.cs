using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// PUB: sends each message to every subscriber that asked for it (RFC 29). Never waits: a subscriber whose queue is full misses
/// the message, whole. With no subscriber, messages go nowhere.
/// </summary>
public sealed class PubSocket : SendingSocket
{
    /// <summary>What one peer's subscriptions may occupy, in octets; more ends the connection.</summary>
    internal const long MaxSubscriptionCost = 64 * 1024 * 1024;

    private readonly TopicTree _topics = new();

    /// <summary>Creates a PUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public PubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Pub, options)
    {
    }

    internal override void OnPipeAdded(Pipe pipe) => pipe.Subscriber = new Subscriber(pipe);

    internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
    {
        // A subscriber that comes back tells us everything anew.
        _topics.Clear(pipe.Subscriber!, forGood: false);
        return null;
    }

    internal override void OnPipeRemoved(Pipe pipe)
    {
        if (pipe.Subscriber is { } subscriber) _topics.Clear(subscriber, forGood: true);
    }

    internal override void OnCommand(Pipe pipe, ReadOnlySpan<byte> body)
    {
        if (SubscribeCommand.TryRead(body, out var topic)) Subscribe(pipe, topic);
        else if (CancelCommand.TryRead(body, out topic)) _topics.Remove(pipe.Subscriber!, topic);
    }

    internal override bool TakesBatches => false;

    /// <summary>Subscriptions in the form of ZMTP 3.0 are messages; anything else a subscriber sends is dropped.</summary>
    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        if (message.FrameCount != 1 || !LegacySubscription.TryRead(message.Slot(0).Span, out var subscribe, out var topic)) return false;
        if (topic.Length > SubSocket.MaxTopicLength)
        {
            throw new ZmtpProtocolException(
                ProtocolError.FrameTooLarge,
                $"The peer sent a subscription to a topic of {topic.Length} octets; at most {SubSocket.MaxTopicLength} are allowed. " +
                "Check how long its topics are.");
        }

        if (subscribe) Subscribe(pipe, topic);
        else _topics.Remove(pipe.Subscriber!, topic);
        return false;
    }

    internal override bool TrySendNow(ReadOnlySpan<byte> frame)
    {
        var found = default(Recipients);
        var pipes = RecipientsOf(frame, ref found);
        if (frame.Length >= MessageBuffer.SharedLength && pipes.Length > 1) SendShared(frame, pipes);
        else foreach (var pipe in pipes) pipe.TrySendToOneOfMany(frame);
        found?.Return();
        return true;
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        var found = default(Recipients);
        var pipes = RecipientsOf(message.Slot(0).Span, ref found);
        var isTaken = false;
        if (pipes.Length == 1)
        {
            isTaken = pipes[0].TrySendToOneOfMany(message);
        }
        else if (pipes.Length > 1)
        {
            message.Share();
            foreach (var pipe in pipes) pipe.TrySendToOneOfMany(message, keep: true);
        }

        found?.Return();
        if (!isTaken) message.Return();
        return true;
    }

    /// <summary>Sends a large frame to many: those in whose queues it has to wait share one copy.</summary>
    private static void SendShared(ReadOnlySpan<byte> frame, ReadOnlySpan<Pipe> pipes)
    {
        MessageBuffer? copy = null;
        foreach (var pipe in pipes)
        {
            if (copy is null && pipe.NeedsNoCopyOf(frame))
            {
                pipe.TrySendToOneOfMany(frame);
                continue;
            }

            if (copy is null)
            {
                copy = MessageBuffer.Rent();
                copy.AppendFrame(frame);
                copy.Share();
            }

            pipe.TrySendToOneOfMany(copy, keep: true);
        }

        copy?.Return();
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

    private void Subscribe(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        var subscriber = pipe.Subscriber!;

        // Judged first: to take a topic in copies it, while everybody who publishes waits. Seldom asked exactly: a topic that is known costs nothing.
        if (subscriber.Cost + Subscriber.TopicCost + topic.Length > MaxSubscriptionCost && _topics.CostWith(subscriber, topic) > MaxSubscriptionCost)
        {
            throw new ZmtpProtocolException(
                ProtocolError.Unspecified, $"The peer's subscriptions occupy more than {MaxSubscriptionCost} octets. Check what it subscribes to.");
        }

        _topics.Add(subscriber, topic);
    }
}
