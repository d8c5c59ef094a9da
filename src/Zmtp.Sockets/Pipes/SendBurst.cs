using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Over how many connections somebody spreads messages without a pause, where no pattern tells: a ROUTER, whose messages are addressed each, or a thread
/// that has a socket for each peer. It comes back to each of them so much later in a burst, too. ROUTER to 64 peers in turn: 0.2 M messages a second
/// before, 7 since (docs/performance-journal.md).
/// </summary>
/// <remarks>One of a thread is that thread's. One of a socket is safe on any thread; senders at once may count one too few, or too many.</remarks>
internal sealed class SendBurst
{
    [ThreadStatic]
    private static SendBurst? _ofThread;

    private long _last;
    private int _spread;

    // So many bursts there were, with this one.
    private int _number;

    /// <summary>Of all that the calling thread sends.</summary>
    public static SendBurst OfThread => _ofThread ??= new SendBurst();

    /// <summary>A message is to leave by a connection that nobody sends by.</summary>
    /// <param name="now">The system's timestamp.</param>
    /// <param name="mark">The connection's own: what it was last counted in.</param>
    /// <returns>How many connections the burst has come to so far, with this one.</returns>
    public int Count(long now, ref Mark mark)
    {
        // Who was sent to just now will be come back to after all the others: that long is no pause.
        var spread = Volatile.Read(ref _spread);
        if (now - Volatile.Read(ref _last) >= spread * SendPace.LoneGap)
        {
            spread = 0;
            Volatile.Write(ref _number, _number + 1);
        }

        Volatile.Write(ref _last, now);
        var here = new Mark(this, Volatile.Read(ref _number));
        if (mark == here) return Math.Max(1, spread);
        mark = here;
        Volatile.Write(ref _spread, spread + 1);
        return spread + 1;
    }

    /// <summary>That a connection has been counted, and in which burst.</summary>
    public readonly record struct Mark(SendBurst Burst, int Number);
}
