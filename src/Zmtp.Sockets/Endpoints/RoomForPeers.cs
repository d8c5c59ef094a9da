using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Want of descriptors, which the listeners of a process share: where there is none for a peer, some peers whose handshakes are under way
/// make room, at the listener where one address has the most of them, and among equals at the one that has the most of all. Else silent
/// connections, too few at each listener to crowd anybody out there, could take all that there are.
/// </summary>
/// <remarks>Safe on any thread. Enters listeners' gates under its own, and nobody does it the other way round.</remarks>
internal static class RoomForPeers
{
    private static readonly Lock Gate = new();
    private static readonly LinkedList<PendingHandshakes> Listeners = new();

    /// <summary>A listener begins to accept.</summary>
    public static void Enter(PendingHandshakes listener)
    {
        using (Gate.Hold()) Listeners.AddLast(listener.InProcess);
    }

    /// <summary>A listener accepts no more.</summary>
    public static void Leave(PendingHandshakes listener)
    {
        using (Gate.Hold()) Listeners.Remove(listener.InProcess);
    }

    /// <summary>Drops some handshakes.</summary>
    /// <param name="asking">
    /// The listener that has no descriptor for a peer. It drops some of its own where no other is more crowded.
    /// </param>
    /// <returns>False: none was under way.</returns>
    public static bool TryMake(PendingHandshakes asking)
    {
        var crowded = asking;
        using (Gate.Hold())
        {
            var most = asking.Crowd;
            foreach (var listener in Listeners)
            {
                var crowd = listener.Crowd;
                if (crowd.CompareTo(most) > 0) (crowded, most) = (listener, crowd);
            }
        }

        return crowded.TryDropSome();
    }
}
