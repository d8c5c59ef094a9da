namespace Zmtp.Sockets.Pipes;

/// <summary>The end of a blocking call's time.</summary>
internal readonly struct Deadline(TimeSpan timeout)
{
    private readonly long _start = Environment.TickCount64;

    // What is long over is too far away for arithmetic.
    private readonly TimeSpan _timeout = IsNone(timeout) ? TimeSpan.Zero : timeout;

    /// <summary>Whether a call that is given this time does not wait at all: zero or less.</summary>
    public static bool IsNone(TimeSpan timeout) => timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan;

    /// <summary>What is left; zero when it is over.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (_timeout == Timeout.InfiniteTimeSpan) return _timeout;
            var rest = _timeout - TimeSpan.FromMilliseconds(Environment.TickCount64 - _start);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }
}
