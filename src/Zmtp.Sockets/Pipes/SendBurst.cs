using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Over how many connections somebody spreads messages without a pause, where no pattern tells: a ROUTER, whose messages are addressed each, or a thread
/// that has a socket for each peer. It comes back to each of them so much later in a burst, too. ROUTER to 32 peers in turn: 0.2 M messages a second
/// before, 11 since (docs/performance-journal.md).
/// </summary>
/// <remarks>
/// Counted in rounds, so that connections that are gone, or no longer sent to, are forgotten: a round is over when it has come back to as
/// many connections as it has met, and is as long as the round before. Sent to in turn, each is met twice by then; in random order four of
/// five are met. The burst of a thread is for that thread only; that of a socket is safe on any thread, and senders at the same time may
/// count some too few or too many.
/// </remarks>
internal sealed class SendBurst
{
    [ThreadStatic]
    private static SendBurst? _ofThread;

    private long _last;

    // Connections that the round has met, and how often it has come back to one; then the connections of the round before.
    private int _met;
    private int _again;
    private int _before;

    // How many rounds there have been, this one included.
    private int _number;

    /// <summary>The burst of all that the calling thread sends.</summary>
    public static SendBurst OfThread => _ofThread ??= new SendBurst();

    /// <summary>A message is to leave by a connection that nobody sends by.</summary>
    /// <param name="now">The system's timestamp.</param>
    /// <param name="mark">The connection's own: where it was last counted.</param>
    /// <returns>Over how many connections the burst is spread, as far as it is known; at least one.</returns>
    public int Count(long now, ref Mark mark)
    {
        // A burst comes back to a connection after all the others: the time of one round is no pause.
        if (now - Volatile.Read(ref _last) >= Spread * SendPace.LoneGap) BeginRound(before: 0);
        else if (_again >= _met && _again + _met >= 2 * _before) BeginRound(_met);
        Volatile.Write(ref _last, now);
        var here = new Mark(this, _number);
        if (mark == here)
        {
            _again++;
        }
        else
        {
            // Where several send by the same connection, each finds another's mark, again and again: that is no further connection.
            if (mark.Burst is null || mark.Burst == this || _met == 0) _met++;
            mark = here;
        }

        return Math.Max(1, Spread);
    }

    private int Spread => Math.Max(_met, _before);

    private void BeginRound(int before)
    {
        (_before, _met, _again) = (before, 0, 0);
        _number = unchecked(_number + 1);
    }

    /// <summary>That a connection has been counted: by which burst, and in which of its rounds.</summary>
    public readonly record struct Mark(SendBurst? Burst, int Number);
}
