using System.Text;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// XSUB: a SUB that sends (RFC 29). It subscribes by <see cref="Subscribe(string)"/>, or by sending a message of one frame, octet 1 and the topic, and
/// takes that back by octet 0 and the topic: so what an XPUB's application receives can be passed on as it is. Any other message goes to all publishers,
/// where XPUB receives it and PUB drops it. For brokers, which are a <see cref="ZmtpProxy"/> between an XSUB and an <see cref="XPubSocket"/>, and for
/// subscribers that have something to tell their source.
/// </summary>
/// <remarks>
/// Without a subscription it receives nothing; the empty topic is everything. Subscriptions are counted: each needs its own unsubscribe. Unlike
/// <see cref="SubSocket"/> it tells publishers of each one, also to a topic that they know, so that those that greet subscribers do; of those taken back
/// they hear with the topic's last. And it takes what they send as it comes: shortly after an unsubscribe that may be what was cancelled. Sending a
/// message never waits: a publisher whose queue is full misses it, whole. Subscriptions are never lost: one that is sent as a message waits for an XPUB
/// of this process that is not received from (<see cref="SocketOptions.SendTimeout"/>), and a publisher across the network that takes none until
/// <see cref="SocketOptions.SendHighWaterOctets"/> of them wait is disconnected, and told anew when it comes back.
/// </remarks>
public sealed class XSubSocket : DuplexSocket
{
    private readonly ToldSubscriptions _subscriptions = new(passesRepeats: true);

    /// <summary>Creates an XSUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public XSubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.XSub, options)
    {
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

    /// <summary>Subscribes to the messages whose first frame begins with these octets. The same as to send octet 1 and the topic.</summary>
    /// <param name="topic">The octets; empty for all messages.</param>
    /// <exception cref="ArgumentException">The topic has more than 65,526 octets.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Subscribe(ReadOnlySpan<byte> topic)
    {
        ThrowIfClosed();
        Topic.ThrowIfTooLong(topic, nameof(topic));
        _subscriptions.Subscribe(topic);
    }

    /// <summary>Takes one subscription back. A topic that was not subscribed to does nothing.</summary>
    /// <param name="topic">The text.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Unsubscribe(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        Unsubscribe(Encoding.UTF8.GetBytes(topic));
    }

    /// <summary>
    /// Takes one subscription back. A topic that was not subscribed to does nothing. The same as to send octet 0 and the topic.
    /// </summary>
    /// <param name="topic">The octets.</param>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public void Unsubscribe(ReadOnlySpan<byte> topic)
    {
        ThrowIfClosed();
        _subscriptions.Unsubscribe(topic);
    }

    internal override void OnPipeAdded(Pipe pipe) => _subscriptions.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _subscriptions.Remove(pipe);

    internal override void OnAttached(Pipe pipe) => _subscriptions.OnAttached(pipe);

    internal override void OnDetached(Pipe pipe) => _subscriptions.OnDetached(pipe);

    internal override bool TrySendNow(ReadOnlySpan<byte> frame) =>
        LegacySubscription.TryRead(frame, out var subscribe, out var topic) ? TryPassOn(subscribe, topic) : base.TrySendNow(frame);

    internal override bool TrySendNow(MessageBuffer message)
    {
        if (message.FrameCount == 1 && LegacySubscription.TryRead(message.Slot(0).Span, out var subscribe, out var topic))
        {
            if (!TryPassOn(subscribe, topic)) return false;
            message.Return();
            return true;
        }

        OnDropped(Pipe.SendToEach(_subscriptions.Publishers, message));
        return true;
    }

    /// <summary>Does what a message says. False: somebody has no room for it.</summary>
    private bool TryPassOn(bool subscribe, ReadOnlySpan<byte> topic)
    {
        if (!_subscriptions.HaveRoom()) return false;
        if (subscribe) Subscribe(topic);
        else Unsubscribe(topic);
        return true;
    }
}
