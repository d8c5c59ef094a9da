using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// XPUB: a PUB that receives (RFC 29). It sends each message to every subscriber that asked for what it begins with, as <see cref="PubSocket"/> does, and
/// its application receives what they subscribe to, and the messages that XSUB peers send. For brokers, which are a <see cref="ZmtpProxy"/> between an
/// <see cref="XSubSocket"/> and an XPUB, for sources that publish only what somebody wants, and for those that greet who subscribes with the last value.
/// </summary>
/// <remarks>
/// <para>
/// A subscription is received as a message of one frame: octet 1 and the topic, or octet 0 and the topic when it is taken back;
/// <see cref="TryReadSubscription"/> reads it, and its <see cref="Message.Peer"/> says whose it is. When it is received it holds already: what is sent
/// from then on goes to that peer. Of several subscriptions to a topic the first is received, and the end of the last, whoever's they are;
/// <see cref="SocketOptions.XPubVerbose"/> and <see cref="SocketOptions.XPubVerboser"/> show more. A peer that leaves takes back all it had. One that
/// this socket connects to, and that may come back, keeps its subscriptions until it does, and what is sent meanwhile waits for it.
/// </para>
/// <para>
/// It has to be received from: what a peer subscribes to waits in its queue as messages do, up to <see cref="SocketOptions.ReceiveHighWaterMark"/> and
/// <see cref="SocketOptions.ReceiveHighWaterOctets"/>. At one of them nothing more is read of that peer, and what it subscribes to then has no effect
/// until somebody receives. A source that does not want to know is a PUB. Sending never waits.
/// Over inproc nothing is read, and a call of a subscriber's Subscribe or Unsubscribe waits for nobody: what it says holds at once, and the notices of
/// it wait in the queue whatever the marks, so that one who goes on changing his mind fills memory for as long as nobody receives. What a
/// <see cref="ZmtpProxy"/> passes on through an XSUB waits there, too.
/// </para>
/// </remarks>
public sealed class XPubSocket : DuplexSocket
{
    private readonly Publisher _publisher = new();

    /// <summary>Creates an XPUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public XPubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.XPub, options)
    {
        Notices = new SubscriptionNotices(Options.XPubVerbose || Options.XPubVerboser, Options.XPubVerboser);
        Receiver.Sift(Notices.IsWanted);
    }

    /// <summary>Reads a received message as a subscription, if it is one.</summary>
    /// <param name="message">The message, as it was received from an XPUB socket.</param>
    /// <param name="subscribe">True: somebody has subscribed. False: the subscription has ended.</param>
    /// <param name="topic">What messages begin with that it is about; empty for all. Valid until the message is disposed or sent.</param>
    /// <returns>False: it is a message that an XSUB peer has sent. One of a single frame that begins with octet 0 or 1 is a subscription always.</returns>
    /// <exception cref="ObjectDisposedException">The message was disposed or sent already.</exception>
    public static bool TryReadSubscription(Message message, out bool subscribe, out ReadOnlySpan<byte> topic)
    {
        if (message.FrameCount == 1) return LegacySubscription.TryRead(message.Span, out subscribe, out topic);
        subscribe = false;
        topic = default;
        return false;
    }

    /// <summary>What the application hears of subscriptions.</summary>
    internal SubscriptionNotices Notices { get; }

    internal override void OnPipeAdded(Pipe pipe) => pipe.Subscriber = new Subscriber(pipe);

    internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
    {
        // A subscriber that comes back tells us everything anew.
        Clear(pipe, forGood: false);
        Publisher.Meet(pipe, peer);
        return null;
    }

    internal override void OnPipeEnded(Pipe pipe)
    {
        if (Clear(pipe, forGood: true)) Leftovers.OnEnd(pipe);
    }

    internal override void OnEnded()
    {
        base.OnEnded();

        // A context may be disposed of while the socket is being made.
        Notices?.Forget();
    }

    internal override void OnCommand(Pipe pipe, ReadOnlySpan<byte> body)
    {
        if (SubscribeCommand.TryRead(body, out var topic)) Subscribe(pipe, topic);
        else if (CancelCommand.TryRead(body, out topic)) Cancel(pipe, topic);
    }

    internal override bool TakesBatches => false;

    internal override int Spread => _publisher.Spread;

    /// <summary>Subscriptions in the form of ZMTP 3.0 are messages.</summary>
    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        if (message.FrameCount != 1 || !LegacySubscription.TryRead(message.Slot(0).Span, out var subscribe, out var topic))
        {
            message.Tag = SubscriptionNotices.IsMessage;
            return true;
        }

        if (subscribe) Subscribe(pipe, topic);
        else Cancel(pipe, topic);
        return false;
    }

    internal override bool TrySendNow(ReadOnlySpan<byte> frame)
    {
        OnDropped(_publisher.Send(frame));
        return true;
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        OnDropped(_publisher.Send(message));
        return true;
    }

    private void Subscribe(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        var isNew = _publisher.Subscribe(pipe, topic);
        try
        {
            Notices.OnSubscribed(pipe, topic, isNew);
        }
        catch when (isNew)
        {
            // For want of memory: the application must not hear of the end of what it has not heard of.
            _publisher.Cancel(pipe, topic);
            throw;
        }
    }

    private void Cancel(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        if (_publisher.Cancel(pipe, topic) == 0) SubscriptionNotices.OnCancelled(pipe, topic);
    }

    /// <summary>Takes back what a peer had subscribed to that is gone. While nothing is read of it.</summary>
    /// <returns>Whether the application is to hear of any.</returns>
    private bool Clear(Pipe pipe, bool forGood)
    {
        var topics = _publisher.Clear(pipe, forGood);
        if (topics.Count == 0 || IsClosing) return false;
        try
        {
            foreach (var topic in topics) SubscriptionNotices.OnCancelled(pipe, topic.Path);
            pipe.OnReadEnd();
        }
        catch (OutOfMemoryException)
        {
            // Whoever closes must come to the end of it. What is not told costs messages that nobody wants, and loses none.
        }

        return true;
    }
}
