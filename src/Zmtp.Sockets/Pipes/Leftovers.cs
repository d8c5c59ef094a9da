using Zmtp.Engine;
using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// What peers that are gone have left to be received. While that is as much as the socket's receive marks allow one connection, those that
/// come are not read: else a peer that sends, leaves and comes again would fill the memory, although each connection keeps to its marks.
/// </summary>
/// <remarks>
/// Asked only when a connection begins, ends, is found to have been left, or has had all received that it left: messages of live ones do not pass
/// here. No other gate is entered under this one, nor this one under another.
/// </remarks>
internal sealed class Leftovers(SocketOptions options) : IThreadPoolWorkItem
{
    /// <summary>What a pipe occupies besides its messages and its peer's metadata, roughly.</summary>
    private const long PipeCost = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Held> _held = [];

    // The connections whose peers are gone, and which are not read to their end for want of room.
    private readonly List<Held> _unread = [];
    private readonly List<Left> _left = [];
    private int _isLooking;

    /// <summary>
    /// Before a connection is first read: holds it back if others have left too much to be received. What is sent to its peer leaves. A
    /// held connection keeps its descriptor even after its peer has left, so one too many ends the oldest. Outside all gates.
    /// </summary>
    public void OnBegin(Pipe pipe, ZmtpConnection connection)
    {
        ZmtpConnection? oldest;
        using (_gate.Hold())
        {
            if (!IsTooMuch()) return;
            pipe.Inbound.HoldBack();
            oldest = Enter(_held, pipe, connection);
        }

        oldest?.Abort(CrowdedOut());
    }

    /// <summary>
    /// A peer is gone, and the connection is not read to its end for want of room. What is there counts from now on, and the rest is read when
    /// there is room; but it keeps a descriptor until then, so one too many ends the oldest. Any number of times, outside all gates.
    /// </summary>
    public void OnPeerLeft(Pipe pipe, ZmtpConnection connection)
    {
        ZmtpConnection? oldest;
        using (_gate.Hold())
        {
            // A connection that is not read at all yet is among the held ones, which are counted too.
            if (pipe.HasEnded || pipe.HasLeft || _held.Exists(held => held.Pipe == pipe)) return;
            oldest = Enter(_unread, pipe, connection);

            // All of it may be received before there is an end: an ipc peer that takes nothing any more may stay.
            Count(pipe);
        }

        oldest?.Abort(GivenUp());

        // As at the end of a connection.
        LookSoon();
    }

    /// <summary>A connection has ended, and no other will come to its pipe.</summary>
    public void OnEnd(Pipe pipe)
    {
        using (_gate.Hold())
        {
            pipe.HasEnded = true;
            _held.RemoveAll(held => held.Pipe == pipe);
            _unread.RemoveAll(unread => unread.Pipe == pipe);
            if (!pipe.HasLeft)
            {
                if (pipe.Inbound.Count == 0) return;
                Count(pipe);
            }
        }

        // It may have been emptied before this was known to be the end.
        LookSoon();
    }

    /// <summary>All that a connection had left was received. Under the receiver's gate.</summary>
    public void OnEmptied() => LookSoon();

    void IThreadPoolWorkItem.Execute()
    {
        // First: a receiver that empties another pipe from here on has all looked at again.
        Interlocked.Exchange(ref _isLooking, 0);
        Look();
    }

    /// <summary>Once for all calls until then: a look goes through all that is left, and thousands of peers may leave at once.</summary>
    private void LookSoon()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0) return;
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch
        {
            // For want of memory: nobody will look, and the next one is to try again.
            Interlocked.Exchange(ref _isLooking, 0);
            throw;
        }
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

    /// <summary>Under the gate.</summary>
    /// <returns>The connection whose place it takes, to be ended outside the gate; null: there was a free place.</returns>
    private ZmtpConnection? Enter(List<Held> list, Pipe pipe, ZmtpConnection connection)
    {
        ZmtpConnection? oldest = null;
        if (list.Count >= options.MaxPendingHandshakes)
        {
            oldest = list[0].Connection;
            list.RemoveAt(0);
        }

        list.Add(new Held(pipe, connection));
        return oldest;
    }

    private void Count(Pipe pipe)
    {
        _left.Add(new Left(pipe, PipeCost + MetadataCost(pipe.Inbound.Source?.Peer)));
        pipe.HasLeft = true;
    }

    /// <summary>Forgets what was received, and adds up the rest. Under the gate.</summary>
    private bool IsTooMuch()
    {
        // A pipe that has not ended may have more to be read: its end comes back here.
        _left.RemoveAll(IsOver);
        var messages = 0L;
        var octets = 0L;

        // The oldest is spared: a full one would be too much by itself, and a peer that comes back for the first time must be read, and
        // answered.
        var spared = _unread.Count > 0 ? _unread[0].Pipe : null;
        foreach (var left in _left)
        {
            if (left.Pipe == spared || left.Pipe.Inbound.Count == 0) continue;
            messages += left.Pipe.Inbound.Count;
            octets += left.Pipe.Inbound.Octets + left.Cost;
        }

        return octets >= SocketOptionsRules.LimitOf(options.ReceiveHighWaterOctets) ||
            messages >= SocketOptionsRules.LimitOf(options.ReceiveHighWaterMark);
    }

    /// <summary>Whether all was received. Something may still be added by the pattern: then it counts anew.</summary>
    private static bool IsOver(Left left)
    {
        if (!left.Pipe.HasEnded || left.Pipe.Inbound.Count > 0) return false;
        left.Pipe.HasLeft = false;
        return true;
    }

    private ZmtpException CrowdedOut() => new(
        $"The connection was ended before anything of it was read, to make room for newer ones: {options.MaxPendingHandshakes} waited until what others " +
        "had left was received. Check that the application receives, and who sends, leaves and comes again; raise ReceiveHighWaterMark and " +
        "ReceiveHighWaterOctets if so much is meant to wait.",
        FaultOrigin.Local,
        mayRetry: true);

    private ZmtpException GivenUp() => new(
        $"The peer has left, and what it had sent and was not read yet was given up, to make room for others: {options.MaxPendingHandshakes} that " +
        "have left waited until what they had sent is received. Check that the application receives, and who sends, leaves and comes again; raise " +
        "ReceiveHighWaterMark and ReceiveHighWaterOctets if so much is meant to wait.",
        FaultOrigin.Local,
        mayRetry: true);

    private static long MetadataCost(ZmtpPeer? peer)
    {
        var cost = 0L;
        foreach (var (name, value) in peer?.Metadata ?? Security.ZmtpMetadata.Empty) cost += name.Length + value.Length;
        return cost;
    }

    private readonly record struct Held(Pipe Pipe, ZmtpConnection Connection);

    private readonly record struct Left(Pipe Pipe, long Cost);
}
