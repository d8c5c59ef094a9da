using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Over how many peers somebody streams who addresses each message: nobody knows whom the next one goes to. Peer after peer that a message was for,
/// with no pause, is taken for another one, up to as many as there are. ROUTER to 64 peers in turn: 0.2 M messages a second before, 5 since
/// (docs/performance-journal.md).
/// </summary>
/// <remarks>Safe on any thread; senders at once may count one too few, or too many.</remarks>
internal sealed class AddressedBurst
{
    private long _last;
    private int _spread;

    /// <summary>A message is to leave by a connection that nobody sends by.</summary>
    /// <param name="now">The system's timestamp.</param>
    /// <param name="peers">How many peers there are.</param>
    /// <returns>The spread: at least one.</returns>
    public int Spread(long now, int peers)
    {
        // Who was sent to just now will be come back to after all the others: that long is no pause.
        var spread = Volatile.Read(ref _spread);
        var isPause = now - Volatile.Read(ref _last) >= spread * SendPace.LoneGap;
        Volatile.Write(ref _last, now);
        spread = isPause ? 1 : Math.Max(1, Math.Min(spread + 1, peers));
        Volatile.Write(ref _spread, spread);
        return spread;
    }
}
