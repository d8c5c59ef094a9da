using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

/// <summary>
/// PUSH: hands each message to one PULL peer, in turn (RFC 30). With no peer that has room, senders wait.
/// </summary>
public sealed class PushSocket : SendingSocket
{
    private readonly LoadBalancer _balancer = new();

    /// <summary>Creates a PUSH socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public PushSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Push, options)
    {
    }

    internal override void OnPipeAdded(Pipe pipe) => _balancer.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _balancer.Remove(pipe);

    internal override bool TakesBatches => false;

    /// <summary>PUSH only sends: what a peer sends is dropped.</summary>
    internal override bool Accepts(Pipe pipe, MessageBuffer message) => false;

    internal override Pipe? OnlyPipe => _balancer.Only;

    internal override int Spread => _balancer.Spread;

    internal override bool TrySendNow(ReadOnlySpan<byte> frame) => _balancer.TrySend(frame);

    internal override bool TrySendNow(MessageBuffer message) => _balancer.TrySend(message);
}
