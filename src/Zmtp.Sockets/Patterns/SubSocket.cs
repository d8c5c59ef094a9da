using System.Text;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Threading;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// SUB: receives the messages that begin with a topic it subscribed to, publishers taking turns (RFC 29). Without a subscription it
/// receives nothing; the empty topic is everything. Subscriptions are counted: each needs its own unsubscribe.
/// </summary>
public sealed class SubSocket : ReceivingSocket
{
    /// <summary>The longest topic, in octets: what fits into a command. Towards a peer of ZMTP 3.0, which sends messages, it is the same.</summary>
    internal static readonly int MaxTopicLength = TrafficReader.MaxCommandLength - SubscribeCommand.GetLength(0);

    private readonly Lock _gate = new();
    private readonly PipeList _pipes = new();
    private readonly SubscriptionSet _filter = new();
    private readonly Predicate<MessageBuffer> _isWanted;

    /// <summary>Creates a SUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public SubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Sub, options)
    {
        _isWanted = message => _filter.Matches(message.Slot(0).Span);
    }

    /// <summary>Subscribes to the messages whose first frame begins with a text in UTF-8.</summary>
    /// <param name="topic">The text; empty for all messages.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ArgumentException">The topic has more than 65,526 octets in UTF-8.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Subscribe(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        Subscribe(Encoding.UTF8.GetBytes(topic));
    }

    /// <summary>Subscribes to the messages whose first frame begins with these octets.</summary>
    /// <param name="topic">The octets; empty for all messages.</param>
    /// <exception cref="ArgumentException">The topic has more than 65,526 octets.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Subscribe(ReadOnlySpan<byte> topic)
    {
        ThrowIfClosed();
        if (topic.Length > MaxTopicLength)
        {
            throw new ArgumentException(
                $"The topic has {topic.Length} octets; at most {MaxTopicLength} fit into a subscription. Publishers end a connection on which a longer " +
                "one comes. Nothing was subscribed; use a shorter topic, which need only be what messages begin with.",
                nameof(topic));
        }

        using (_gate.Hold())
        {
            if (!_filter.Add(topic)) return;
            Tell(topic, subscribe: true);
        }

        foreach (var pipe in _pipes.Snapshot) pipe.LeaveIfRefused();
    }

    /// <summary>
    /// Takes one subscription back. Messages that have arrived and that no other subscription asks for are not received any more. A topic that was not
    /// subscribed to does nothing.
    /// </summary>
    /// <param name="topic">The text.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Unsubscribe(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        Unsubscribe(Encoding.UTF8.GetBytes(topic));
    }

    /// <summary>
    /// Takes one subscription back. Messages that have arrived and that no other subscription asks for are not received any more. A topic that was not
    /// subscribed to does nothing.
    /// </summary>
    /// <param name="topic">The octets.</param>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Unsubscribe(ReadOnlySpan<byte> topic)
    {
        ThrowIfClosed();
        using (_gate.Hold())
        {
            // One SUBSCRIBE and one CANCEL per topic, whatever our count: right for publishers that count and for libzmq's, which do not.
            if (!_filter.Remove(topic)) return;
            Tell(topic, subscribe: false);
        }

        // What was cancelled may wait to be received. Not before: for who never cancels each message is looked at once.
        Receiver.Sift(_isWanted);
    }

    internal override void OnPipeAdded(Pipe pipe) => _pipes.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _pipes.Remove(pipe);

    internal override void OnAttached(Pipe pipe)
    {
        using (_gate.Hold())
        {
            foreach (var topic in _filter.Topics) pipe.SendSubscription(topic.Path, subscribe: true);
            pipe.IsSubscribed = true;
        }

        pipe.LeaveIfRefused();
    }

    internal override void OnDetached(Pipe pipe)
    {
        using (_gate.Hold()) pipe.IsSubscribed = false;
    }

    /// <summary>A publisher may still be sending what was cancelled, or filter badly: what was not asked for is dropped.</summary>
    internal override bool Wants(ReadOnlySpan<byte> firstFrame) => _filter.Matches(firstFrame);

    private void Tell(ReadOnlySpan<byte> topic, bool subscribe)
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (pipe.IsSubscribed) pipe.SendSubscription(topic, subscribe);
        }
    }
}
