using System.Buffers.Binary;
using System.Security.Cryptography;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets;

/// <summary>
/// ROUTER: every message it receives begins with the routing id of the peer it came from; every message it sends begins with the
/// routing id of the peer it goes to, which stays here (RFC 28). Sending never blocks, except in mandatory mode towards a full peer.
/// </summary>
public sealed class RouterSocket : DuplexSocket
{
    /// <summary>A peer that chose no Identity gets a zero octet, which no Identity may begin with, and a counter.</summary>
    private const int CounterSize = 4;

    private const int AutomaticIdLength = 1 + CounterSize;

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], Pipe> _peers = new(OctetComparer.Instance);
    private readonly Dictionary<byte[], Pipe>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    /// <summary>Pipes that keep their id while they wait for the peer to come back. Their id may be taken by a peer that is there.</summary>
    private readonly HashSet<Pipe> _away = [];
    private readonly SendBurst _burst = new();
    private uint _counter = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(CounterSize));

    /// <summary>Creates a ROUTER socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public RouterSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Router, options)
    {
        _lookup = _peers.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Its senders may be awaited, and go on on other threads.</summary>
    internal override SendBurst Burst => _burst;

    internal override ZmtpException? Admit(Pipe pipe, ZmtpPeer peer)
    {
        Action<bool>? expel = null;
        bool isAnother;
        using (_gate.Hold())
        {
            var id = peer.Identity.IsEmpty ? AutomaticId(pipe) : peer.Identity.ToArray();

            // An endpoint that is given up has no place any more and leaves the id to the peer that has it; what is queued may still leave.
            var isRetired = pipe.IsRetired;
            if (!isRetired && _peers.TryGetValue(id, out var holder) && holder != pipe && !holder.IsClosed && !_away.Contains(holder))
            {
                if (!Options.RouterHandover)
                {
                    return new ZmtpProtocolException(
                        ProtocolError.InvalidIdentity,
                        "Another connected peer has this Identity. Give each peer its own, or set RouterHandover.");
                }

                expel = holder.Expel;
            }

            Forget(pipe);
            isAnother = pipe.Address(id);
            if (!isRetired) _peers[id] = pipe;
        }

        if (isAnother) OnRoom();

        // Not under the gate: over inproc the end of the other one takes gates of the context and of another socket, which may be on their way here.
        expel?.Invoke(true);
        return null;
    }

    internal override void OnDetached(Pipe pipe)
    {
        using (_gate.Hold())
        {
            // At the connecting end the queue waits for the peer, and with it the id that leads there (RFC 28).
            if (pipe.OutlivesConnection) _away.Add(pipe);
            else Forget(pipe);
        }
    }

    internal override void OnPipeRemoved(Pipe pipe)
    {
        using (_gate.Hold()) Forget(pipe);
    }

    internal override bool TrySendNow(MessageBuffer message)
    {
        if (TryRoute(message, out var pipe)) return true;
        if (Options.RouterMandatory)
        {
            if (pipe is { IsClosed: false }) return false;
            throw new HostUnreachableException("No connected peer has this routing id. It may have left; the message was not sent.");
        }

        OnDropped(1);
        message.Return();
        return true;
    }

    /// <summary>Sends a message, and takes it over, unless it is to be dropped: that the caller does.</summary>
    /// <returns>False: its peer is not there, or has no room.</returns>
    internal bool TryPassOn(Message message)
    {
        ThrowIfClosed();
        if (TryRoute(message.Buffer, out _)) return true;
        OnDropped(1);
        return false;
    }

    private bool TryRoute(MessageBuffer message, out Pipe? pipe)
    {
        if (message.FrameCount < 2)
        {
            throw new ArgumentException("A ROUTER message begins with the routing id of the peer it goes to, followed by at least one frame.");
        }

        byte[]? id;
        lock (_gate) id = _lookup.TryGetValue(message.Slot(0).Span, out pipe) ? pipe.RoutingId : null;
        return pipe is not null && pipe.TrySendToOneOfMany(message, firstFrame: 1, routingId: id);
    }

    private void Forget(Pipe pipe)
    {
        _away.Remove(pipe);
        if (pipe.RoutingId is not null && _peers.TryGetValue(pipe.RoutingId, out var holder) && holder == pipe) _peers.Remove(pipe.RoutingId);
    }

    private byte[] AutomaticId(Pipe pipe)
    {
        if (pipe.RoutingId is [0, ..]) return pipe.RoutingId;
        var id = new byte[AutomaticIdLength];
        do
        {
            BinaryPrimitives.WriteUInt32BigEndian(id.AsSpan(1), unchecked(_counter++));
        }
        while (_peers.ContainsKey(id));
        return id;
    }
}
