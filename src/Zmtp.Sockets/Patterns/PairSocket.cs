using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets;

/// <summary>
/// PAIR: exactly one peer, both ways (RFC 31). While one is connected others are turned away; when it has left, another may come. An endpoint that it
/// connects to has the place from then on, also while nobody is there, until <see cref="ZmtpSocket.DisconnectAsync"/>.
/// </summary>
public sealed class PairSocket : DuplexSocket
{
    private readonly Lock _gate = new();
    private readonly LoadBalancer _pipes = new();
    private Pipe? _current;

    /// <summary>Creates a PAIR socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public PairSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Pair, options)
    {
    }

    internal override void OnPipeAdded(Pipe pipe) => TryTakePlace(pipe);

    internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
    {
        // An endpoint that is given up has no place any more, and what is queued may still leave.
        if (pipe is { IsRetired: true, Pending: > 0 }) return null;
        if (TryTakePlace(pipe)) return null;
        var holder = Volatile.Read(ref _current);
        return new ZmtpException(
            holder is { OutlivesConnection: true, Peer: null }
                ? $"This PAIR socket connects to {holder.Endpoint} and talks to one peer only. If nobody is expected there, disconnect it from there."
                : "This PAIR socket has a peer already, and a PAIR socket talks to one only.",
            FaultOrigin.Peer,
            mayRetry: true)
        {
            ErrorType = "place_taken",
        };
    }

    internal override void OnDetached(Pipe pipe)
    {
        // The place is free before anybody hears that the peer has left.
        if (!pipe.OutlivesConnection) OnPipeRemoved(pipe);
    }

    internal override void OnPipeRemoved(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (_current == pipe) _current = null;
        }

        _pipes.Remove(pipe);
    }

    internal override Pipe? OnlyPipe => _pipes.Only;

    internal override bool TrySendNow(ReadOnlySpan<byte> frame) => _pipes.TrySend(frame);

    internal override bool TrySendNow(MessageBuffer message) => _pipes.TrySend(message);

    /// <summary>
    /// Takes the place of the one peer, or has it already. At connect, and again when the peer comes: the peer that had it may have left
    /// since. A peer that has left and is still being read does not keep it.
    /// </summary>
    private bool TryTakePlace(Pipe pipe)
    {
        Pipe? last;
        using (_gate.Hold())
        {
            if (_current == pipe) return true;
            if (_current is not (null or { OutlivesConnection: false, IsOutputLost: true }) || pipe.IsRetired) return false;
            last = _current;
            _current = pipe;
        }

        if (last is not null) _pipes.Remove(last);
        _pipes.Add(pipe);
        return true;
    }
}
