using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets;

/// <summary>
/// DEALER: sends each message to one peer, in turn, and receives from all of them, in turn (RFC 28). Adds and removes no frames:
/// towards a REP peer the application sends the empty delimiter itself.
/// </summary>
public sealed class DealerSocket : DuplexSocket
{
    private readonly LoadBalancer _balancer = new();

    /// <summary>Creates a DEALER socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public DealerSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Dealer, options)
    {
    }

    internal override void OnPipeAdded(Pipe pipe) => _balancer.Add(pipe);

    internal override void OnPipeRemoved(Pipe pipe) => _balancer.Remove(pipe);

    internal override Pipe? OnlyPipe => _balancer.Only;

    internal override int Spread => _balancer.Spread;

    internal override bool TrySendNow(ReadOnlySpan<byte> frame) => _balancer.TrySend(frame);

    internal override bool TrySendNow(MessageBuffer message) => _balancer.TrySend(message);
}
