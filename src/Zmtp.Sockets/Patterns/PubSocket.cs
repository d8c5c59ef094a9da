using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Subscriptions;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// PUB: sends each message to every subscriber that asked for it (RFC 29). Never waits: a subscriber whose queue is full misses
/// the message, whole. With no subscriber, messages go nowhere. <see cref="XPubSocket"/> is a PUB that shows who subscribes to what.
/// </summary>
public sealed class PubSocket : SendingSocket
{
    private readonly Publisher _publisher = new();

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
        _publisher.Clear(pipe, forGood: false);
        Publisher.Meet(pipe, peer);
        return null;
    }

    internal override void OnPipeRemoved(Pipe pipe) => _publisher.Clear(pipe, forGood: true);

    internal override void OnCommand(Pipe pipe, ReadOnlySpan<byte> body)
    {
        if (SubscribeCommand.TryRead(body, out var topic)) _publisher.Subscribe(pipe, topic);
        else if (CancelCommand.TryRead(body, out topic)) _publisher.Cancel(pipe, topic);
    }

    internal override bool TakesBatches => false;

    internal override int Spread => _publisher.Spread;

    /// <summary>Subscriptions in the form of ZMTP 3.0 are messages; anything else a subscriber sends is dropped.</summary>
    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        if (message.FrameCount != 1 || !LegacySubscription.TryRead(message.Slot(0).Span, out var subscribe, out var topic)) return false;
        if (subscribe) _publisher.Subscribe(pipe, topic);
        else _publisher.Cancel(pipe, topic);
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
}
