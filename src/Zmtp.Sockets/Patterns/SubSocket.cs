using System.Text;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;

namespace Zmtp.Sockets;

/// <summary>
/// SUB: receives the messages that begin with a topic it subscribed to, publishers taking turns (RFC 29). Without a subscription it
/// receives nothing; the empty topic is everything. Subscriptions are counted: each needs its own unsubscribe.
/// </summary>
public sealed class SubSocket : ReceivingSocket
{
    private readonly ToldSubscriptions _subscriptions = new(passesRepeats: false);
    private readonly Predicate<MessageBuffer> _isWanted;

    /// <summary>Creates a SUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public SubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Sub, options)
    {
        _isWanted = message => _subscriptions.Matches(message.Slot(0).Span);
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
        Topic.ThrowIfTooLong(topic, nameof(topic));
        _subscriptions.Subscribe(topic);
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

        // Messages of the topic may be queued. Only now: a socket that never unsubscribes looks at each message once.
        if (_subscriptions.Unsubscribe(topic)) Receiver.Sift(_isWanted);
    }

    internal override void OnPipeAdded(Pipe pipe) => _subscriptions.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _subscriptions.Remove(pipe);

    internal override void OnAttached(Pipe pipe) => _subscriptions.OnAttached(pipe);

    internal override void OnDetached(Pipe pipe) => _subscriptions.OnDetached(pipe);

    /// <summary>A publisher may still be sending what was cancelled, or filter badly: what was not asked for is dropped.</summary>
    internal override bool Wants(ReadOnlySpan<byte> firstFrame) => _subscriptions.Matches(firstFrame);
}
