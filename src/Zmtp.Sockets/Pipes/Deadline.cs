using System.Diagnostics;

namespace Zmtp.Sockets.Pipes;

/// <summary>The end of a blocking call's time.</summary>
internal readonly struct Deadline(TimeSpan timeout)
{
    // TimeSpan.MinValue less a moment would overflow.
    private readonly TimeSpan _timeout = IsNone(timeout) ? TimeSpan.Zero : timeout;

    /// <summary>When the call began, as <see cref="Stopwatch.GetTimestamp"/> says: the system's ticks are up to 16 ms, and a time may be less.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether a call that is given this time does not wait at all: zero or less.</summary>
    public static bool IsNone(TimeSpan timeout) => timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long to wait for the rest of a time, in the system's whole milliseconds: rounded up, for a wait of none ends at once, and is begun again
    /// until the time is over. No more than can be waited at once; for ever is -1 in both.
    /// </summary>
    public static int ToWholeMilliseconds(TimeSpan rest) => (int)Math.Min(int.MaxValue, Math.Ceiling(rest.TotalMilliseconds));

    /// <summary>What is left; zero when it is over.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (_timeout == Timeout.InfiniteTimeSpan) return _timeout;
            var rest = _timeout - Stopwatch.GetElapsedTime(Start);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }
}
