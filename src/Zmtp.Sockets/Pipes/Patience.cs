using System.Diagnostics;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// How long a blocking receiver looks for a message before it sleeps, which costs a wake of some 25 µs on a virtual machine, and what it
/// looks at. Learns from whether looking has paid lately, so that who waits in vain soon does it asleep.
/// </summary>
/// <remarks>Several receivers at once spoil each other's counts, which are only a guide.</remarks>
internal sealed class Patience
{
    /// <summary>Connections to be asked for octets at each look, a system call each; with more of them the system had better tell.</summary>
    private const int MaximumSources = 4;

    /// <summary>Looks at a queue that others fill.</summary>
    private const int Spins = 20;

    /// <summary>
    /// The longest pause before the first look at a queue, in units of the runtime (some 40 ns): 2.5 µs. A receiver that is as fast as its
    /// sender would else take each message the moment it is there, and the two would fight for the same cache lines at each of them;
    /// measured over inproc at 16 octets, that is four times slower than to take a handful at once.
    /// </summary>
    private const int MaximumPause = 64;

    /// <summary>Fewer messages than this between two pauses: the pause should be longer. Twice as many: shorter.</summary>
    private const int WantedAtOnce = 32;

    /// <summary>A round trip over loopback takes 20 to 60 µs.</summary>
    private static readonly long LongestTime = Stopwatch.Frequency * 60 / 1_000_000;

    private static readonly long ShortestTime = Stopwatch.Frequency * 4 / 1_000_000;

    private long _time = LongestTime;
    private int _taken;
    private int _pause;

    /// <summary>A message was taken.</summary>
    public void OnTaken() => _taken++;

    /// <summary>Begins to look.</summary>
    /// <param name="sources">How many connections there are to be asked.</param>
    public Look Begin(int sources)
    {
        if (sources is > 0 and <= MaximumSources) return new Look(Stopwatch.GetTimestamp() + _time);
        if (_taken < WantedAtOnce) _pause = Math.Min(MaximumPause, (2 * _pause) + 1);
        else if (_taken >= 2 * WantedAtOnce) _pause /= 2;
        _taken = 0;
        Thread.SpinWait(_pause);
        return new Look(0);
    }

    /// <summary>Ends it.</summary>
    public void End(in Look look, bool hasCome)
    {
        if (look.IsForOctets) _time = hasCome ? Math.Min(LongestTime, 2 * _time) : Math.Max(ShortestTime, _time / 2);
    }

    /// <summary>One wait of one receiver.</summary>
    /// <param name="end">When to give up; 0 to give up after so many looks.</param>
    public struct Look(long end)
    {
        private SpinWait _spin;

        /// <summary>Whether connections are to be asked for octets; else others bring them.</summary>
        public readonly bool IsForOctets => end != 0;

        /// <summary>Pauses until the next look. False: it is time to sleep.</summary>
        public bool Pause()
        {
            if (IsForOctets)
            {
                Thread.Yield();
                return Stopwatch.GetTimestamp() < end;
            }

            _spin.SpinOnce(sleep1Threshold: -1);
            return _spin.Count < Spins;
        }
    }
}
