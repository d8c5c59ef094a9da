using Zmtp.Sockets.Pipes;
using Zmtp.Wire;

namespace Zmtp.Sockets;

/// <summary>
/// PUB: sends each message to every subscriber that asked for it (RFC 29). Never waits: a subscriber whose queue is full misses
/// the message, whole. With no subscriber, messages go nowhere.
/// </summary>
public sealed class PubSocket : SendingSocket
{
    /// <summary>What one peer's subscriptions may occupy, in octets; more ends the connection.</summary>
    private const long MaxSubscriptionCost = 64 * 1024 * 1024;

    private readonly PipeList _pipes = new();

    /// <summary>Creates a PUB socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    public PubSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Pub, options)
    {
    }

    internal override void OnPipeAdded(Pipe pipe)
    {
        pipe.Subscriptions = new SubscriptionSet();
        _pipes.Add(pipe);
    }

    internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
    {
        // A subscriber that comes back tells us everything anew.
        pipe.Subscriptions!.Clear();
        return null;
    }

    internal override void OnPipeRemoved(Pipe pipe) => _pipes.Remove(pipe);

    internal override void OnCommand(Pipe pipe, ReadOnlySpan<byte> body)
    {
        if (SubscribeCommand.TryRead(body, out var topic)) Subscribe(pipe, topic);
        else if (CancelCommand.TryRead(body, out topic)) pipe.Subscriptions!.Remove(topic);
    }

    internal override bool TakesBatches => false;

    /// <summary>Subscriptions in the form of ZMTP 3.0 are messages; anything else a subscriber sends is dropped.</summary>
    internal override bool Accepts(Pipe pipe, MessageBuffer message)
    {
        if (message.FrameCount != 1 || !LegacySubscription.TryRead(message.Slot(0).Span, out var subscribe, out var topic)) return false;
        if (subscribe) Subscribe(pipe, topic);
        else pipe.Subscriptions!.Remove(topic);
        return false;
    }

    internal override bool TrySendNow(ReadOnlySpan<byte> frame)
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (pipe.Subscriptions!.Matches(frame)) pipe.TrySend(frame);
        }

        return true;
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        foreach (var pipe in _pipes.Snapshot)
        {
            if (pipe.Subscriptions!.Matches(message.Slot(0).Span)) pipe.TrySend(message, keep: true);
        }

        message.Return();
        return true;
    }

    private static void Subscribe(Pipe pipe, ReadOnlySpan<byte> topic)
    {
        var subscriptions = pipe.Subscriptions!;
        subscriptions.Add(topic);
        if (subscriptions.Cost <= MaxSubscriptionCost) return;
        throw new ZmtpProtocolException(
            ProtocolError.Unspecified, $"The peer's subscriptions occupy more than {MaxSubscriptionCost} octets. Check what it subscribes to.");
    }
}
