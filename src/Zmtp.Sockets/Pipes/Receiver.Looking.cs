using System.Diagnostics;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

// A blocked call that looks for its message itself before it gets in line: at the queue, at the connections, and asleep at the sockets.
internal sealed partial class Receiver
{
    /// <summary>
    /// How long a thread sleeps at the sockets. Then it gets in line, where it costs nobody anything and can be interrupted: a sleep at a socket
    /// is the system's.
    /// </summary>
    private const int LongestSleep = 20;

    /// <summary>
    /// How many threads of the process may stay awake for the peer's next step of a handshake. One more falls asleep: where many wait,
    /// others have something better to do on that core.
    /// </summary>
    private static readonly int MostAwake = Math.Max(1, Environment.ProcessorCount / 2);

    // Threads that wait for the next step of a handshake, of all sockets.
    private static int _shaking;

    private readonly Patience _patience = new();
    private readonly SpareLookouts _lookouts = new();

    // The thread that is asleep at the sockets, to be woken by a message that comes another way. Under the gate.
    private Lookout? _sleeper;

    /// <summary>Looks for a message for a while, also where the system has not told of one yet.</summary>
    /// <param name="timeout">How long the call may take.</param>
    /// <param name="round">See <see cref="Round"/>.</param>
    /// <param name="hasSentBurst">Whether what gathered has just been sent, and answers are most likely waited for.</param>
    /// <param name="message">The message.</param>
    private bool TryLook(TimeSpan timeout, int round, bool hasSentBurst, out Message message)
    {
        var sources = _sources.Snapshot;
        message = default;
        if (sources.Length > 0 && !_patience.LooksAtSockets()) return false;
        var any = false;
        var look = _patience.Begin(sources.Length > 0, hasSentBurst);
        var lookout = look.IsForOctets ? _lookouts.Take() : null;
        var hasCome = false;
        try
        {
            if (lookout is not null) Hold(lookout, sources);
            do
            {
                if (look.IsForOctets) any |= Read(sources, null);
                if (!_hasReady || !TryReceive(out message, round)) continue;
                _patience.End(look, hasCome: true);
                if (look.IsForOctets) _patience.OnFound(any);
                return hasCome = true;
            }
            while (!IsShakingHands(sources) && look.Pause());

            _patience.End(look, hasCome: false);
            return hasCome = lookout is { IsEmpty: false } && TrySleep(lookout, sources, timeout, round, out message);
        }
        finally
        {
            if (lookout is not null) Leave(lookout, sources, keepsThem: hasCome && look.KeepsConnections);
        }
    }

    /// <summary>Sleeps at the sockets until one has something or something comes another way.</summary>
    private bool TrySleep(Lookout lookout, Pipe[] sources, TimeSpan timeout, int round, out Message message)
    {
        var rest = timeout == Timeout.InfiniteTimeSpan ? LongestSleep : (long)Math.Min(timeout.TotalMilliseconds, LongestSleep);
        var end = Stopwatch.GetTimestamp() + (rest * Stopwatch.Frequency / 1000);
        message = default;
        var hasRead = false;
        while (rest > 0 && !lookout.IsEmpty)
        {
            var isAsleep = TryFallAsleep(lookout, out var isAnother);
            if (isAnother) return false;
            var isReadable = isAsleep && Sleep(lookout, sources, (int)rest);
            WakeUp(lookout);
            var any = Read(sources, isReadable ? lookout : null);
            hasRead |= any;
            if (TryReceive(out message, round))
            {
                _patience.OnFound(hasRead);
                return true;
            }

            // Nothing to be read where there was something: the end, which is for the connection's own loop.
            if (isReadable && !any) return false;
            rest = (end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency;
        }

        return false;
    }

    /// <returns>Whether a socket has something.</returns>
    private bool Sleep(Lookout lookout, Pipe[] sources, int milliseconds)
    {
        if (!IsShakingHands(sources)) return lookout.Sleep(milliseconds);
        try
        {
            return Interlocked.Increment(ref _shaking) <= MostAwake
                ? IsReadableSoon(lookout) || (IsAsleep(lookout) && lookout.Sleep(milliseconds))
                : lookout.Sleep(milliseconds);
        }
        finally
        {
            Interlocked.Decrement(ref _shaking);
        }
    }

    /// <summary>
    /// Looks at the sockets for the peer's next step of a handshake: a sleeping thread would have to be woken by the peer, which then is
    /// not at work, and would be left on the core where it ran.
    /// </summary>
    private bool IsReadableSoon(Lookout lookout)
    {
        var look = _patience.BeginStep();
        bool hasCome;
        do
        {
            hasCome = lookout.Sleep(0);
        }
        while (!hasCome && IsAsleep(lookout) && look.Pause());

        _patience.EndStep(hasCome);
        return hasCome;
    }

    // False: a message has come another way, and its sender or reader wakes this thread.
    private bool IsAsleep(Lookout lookout) => Volatile.Read(ref _sleeper) == lookout;

    /// <summary>Looks for octets and, where a lookout has told of some, goes on with the handshakes it holds.</summary>
    private static bool Read(Pipe[] sources, Lookout? lookout)
    {
        var any = false;
        foreach (var source in sources)
        {
            any |= (lookout is not null && source.TryShakeHands(lookout)) || source.TryRead();
        }

        return any;
    }

    /// <summary>Whether an answer takes two ways at least: it is waited for at the sockets, most of the time asleep.</summary>
    private static bool IsShakingHands(Pipe[] sources)
    {
        foreach (var source in sources)
        {
            if (source.IsShakingHands) return true;
        }

        return false;
    }

    /// <summary>Gives the connections back, unless the next call will most likely want them soon.</summary>
    private void Leave(Lookout lookout, Pipe[] sources, bool keepsThem)
    {
        if (!keepsThem || lookout.IsEmpty || !AreAllToBeKept(lookout, sources))
        {
            _lookouts.GiveBack(lookout);
            return;
        }

        _lookouts.Keep(lookout);

        // A thread that gets in line or falls asleep does that first and then has kept connections given back: one of the two sees the
        // other.
        Interlocked.MemoryBarrier();
        if (_waiters.Count > 0 || HasWatchers || Volatile.Read(ref _sleeper) is not null) _lookouts.ReleaseKept();
    }

    /// <summary>
    /// All or none: a connection that others read may go on filling the queue, and a receiver that always finds something there never reads
    /// the rest.
    /// </summary>
    private static bool AreAllToBeKept(Lookout lookout, Pipe[] sources)
    {
        foreach (var source in sources)
        {
            if (!source.MayLieUnread || !source.TryHold(lookout)) return false;
        }

        return true;
    }

    private static void Hold(Lookout lookout, Pipe[] sources)
    {
        foreach (var source in sources) source.TryHold(lookout);
    }

    /// <summary>From here on a message for this thread wakes it. False: there is one already, or another thread sleeps.</summary>
    private bool TryFallAsleep(Lookout lookout, out bool isAnother)
    {
        using (_gate.Hold())
        {
            isAnother = _sleeper is not null;
            if (_hasReady || _closed is not null || isAnother) return false;
            _sleeper = lookout;
        }

        // Connections that another call has kept: this one does not watch them.
        Interlocked.MemoryBarrier();
        _lookouts.ReleaseKept();
        return true;
    }

    private void WakeUp(Lookout lookout)
    {
        using (_gate.Hold())
        {
            if (_sleeper == lookout) _sleeper = null;
        }
    }

    // Under the gate; to be woken outside, which is a system call.
    private Lookout? TakeSleeper()
    {
        var sleeper = _sleeper;
        _sleeper = null;
        return sleeper;
    }
}
