using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// What connections that are gone have left to be received. While that is as much as the socket's receive marks allow one connection, those that
/// come are not read: else a peer that sends, leaves and comes again would fill the memory, although each connection keeps to its marks.
/// </summary>
/// <remarks>
/// Asked only when a connection begins, ends, or has had all received that it left: messages of live ones do not pass here. Lock order: this
/// gate, then that of an inbound queue.
/// </remarks>
internal sealed class Leftovers(SocketOptions options) : IThreadPoolWorkItem
{
    /// <summary>What a pipe occupies besides its messages and its peer's metadata, roughly.</summary>
    private const long PipeCost = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Held> _held = [];
    private readonly List<Left> _left = [];
    private int _isLooking;

    /// <summary>
    /// A connection is going to be read: not yet, if too much is left of others. What is sent to its peer leaves all the same. Who is not read is not
    /// seen to leave, and would keep a descriptor: one too many takes the place of the oldest. Outside all gates.
    /// </summary>
    public void OnBegin(Pipe pipe, ZmtpConnection connection)
    {
        ZmtpConnection? oldest = null;
        using (_gate.Hold())
        {
            if (!IsTooMuch()) return;
            pipe.Inbound.HoldBack();
            if (_held.Count >= options.MaxPendingHandshakes)
            {
                oldest = _held[0].Connection;
                _held.RemoveAt(0);
            }

            _held.Add(new Held(pipe, connection));
        }

        oldest?.Abort(CrowdedOut());
    }

    /// <summary>A connection has ended, and no other will come to its pipe.</summary>
    public void OnEnd(Pipe pipe)
    {
        using (_gate.Hold())
        {
            _held.RemoveAll(held => held.Pipe == pipe);
            if (pipe.Inbound.Count == 0) return;
            pipe.HasLeft = true;
            _left.Add(new Left(pipe.Inbound, PipeCost + MetadataCost(pipe.Inbound.Source?.Peer)));
        }

        // It may have been emptied before that was to be told.
        Look();
    }

    /// <summary>All that a connection had left was received. Under the receiver's gate.</summary>
    public void OnEmptied()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        // First: whoever empties another one from here on has it looked at again.
        Interlocked.Exchange(ref _isLooking, 0);
        Look();
    }

    private void Look()
    {
        Held[] released = [];
        using (_gate.Hold())
        {
            if (!IsTooMuch() && _held.Count > 0)
            {
                released = [.. _held];
                _held.Clear();
            }
        }

        foreach (var held in released) held.Pipe.Inbound.LetIn();
    }

    /// <summary>Forgets what was received, and adds up the rest. Under the gate.</summary>
    private bool IsTooMuch()
    {
        _left.RemoveAll(static left => left.Inbound.Count == 0);
        var messages = 0L;
        var octets = 0L;
        foreach (var left in _left)
        {
            messages += left.Inbound.Count;
            octets += left.Inbound.Octets + left.Cost;
        }

        return octets >= SocketOptionsRules.LimitOf(options.ReceiveHighWaterOctets) ||
            messages >= SocketOptionsRules.LimitOf(options.ReceiveHighWaterMark);
    }

    private ZmtpException CrowdedOut() => new(
        $"The connection was ended before anything of it was read, to make room for newer ones: {options.MaxPendingHandshakes} waited until what others " +
        "had left was received. Check that the application receives, and who sends, leaves and comes again; raise ReceiveHighWaterMark and " +
        "ReceiveHighWaterOctets if so much is meant to wait.",
        FaultOrigin.Local,
        mayRetry: true);

    private static long MetadataCost(ZmtpPeer? peer)
    {
        var cost = 0L;
        foreach (var (name, value) in peer?.Metadata ?? Security.ZmtpMetadata.Empty) cost += name.Length + value.Length;
        return cost;
    }

    private readonly record struct Held(Pipe Pipe, ZmtpConnection Connection);

    private readonly record struct Left(InboundQueue Inbound, long Cost);
}
