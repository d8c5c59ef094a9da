using System.Diagnostics;

namespace Zmtp.Engine;

/// <summary>
/// How closely the messages of one connection follow each other. Not thread-safe: for the thread that has the turn to send, or the gate.
/// </summary>
internal struct SendPace
{
    /// <summary>
    /// How long the connection must have been silent for a message to count as alone. One system call on loopback takes a
    /// few microseconds: a sender that sends again sooner is in a burst, and a burst is cheaper gathered.
    /// </summary>
    public static readonly long LoneGap = Stopwatch.Frequency / 50_000;

    /// <summary>
    /// Messages in one system call from which on the call costs each of them little: with fewer, a thread that sends to many peers does better to
    /// leave the calls to the loops, on other cores.
    /// </summary>
    private const int Many = 8;

    /// <summary>The most bursts that a sender which forgot one must flush itself before its promise is believed again.</summary>
    private const int MostProofs = 64;

    private long _lastSend;
    private long _gatheredFrom;

    // How many bursts the sender had to flush itself the last time, and how many it still has to.
    private int _proofs;
    private int _proofsLeft;

    /// <summary>
    /// Whether the sender can be relied on to flush: it has sent a quick burst of <see cref="Many"/> messages or more itself, and since
    /// then no slow one, and forgot none.
    /// </summary>
    public bool IsQuick { get; private set; }

    /// <summary>Whether nothing has been sent yet.</summary>
    public readonly bool IsFirst => _lastSend == 0;

    /// <summary>Whether a message that is sent now is alone.</summary>
    /// <param name="spread">
    /// Over how many connections its sender's messages are spread: this one is come back to so much later in a burst, too. A publisher with a dozen
    /// subscribers would else find each message alone on each connection, and the calls it makes for that would keep it so: measured with 32, 0.2 M
    /// deliveries a second in place of 18 (docs/performance-journal.md).
    /// </param>
    public readonly bool IsAlone(int spread) => Stopwatch.GetTimestamp() - _lastSend >= spread * LoneGap;

    /// <summary>From now on messages gather.</summary>
    public void OnGathering() => _gatheredFrom = Stopwatch.GetTimestamp();

    /// <summary>Octets have been handed to the transport.</summary>
    public void OnSent() => _lastSend = Stopwatch.GetTimestamp();

    /// <summary>The sender itself, not the loop, has just handed over so many messages.</summary>
    public void OnSentBySender(int messages)
    {
        if (messages <= 1) return;
        var isClose = _lastSend - _gatheredFrom < messages * LoneGap;
        if (!isClose || (!IsQuick && messages < Many)) IsQuick = false;
        else if (_proofsLeft > 0) _proofsLeft--;
        else IsQuick = true;
    }

    /// <summary>
    /// Messages gathered, and their sender did not come back for them. A sender that does so often is believed ever more seldom.
    /// </summary>
    public void OnForgotten()
    {
        IsQuick = false;
        _proofsLeft = _proofs = Math.Clamp(2 * _proofs, 1, MostProofs);
    }
}
