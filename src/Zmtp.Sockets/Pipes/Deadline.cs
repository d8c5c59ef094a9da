namespace Zmtp.Sockets.Pipes;

/// <summary>The end of a blocking call's time.</summary>
internal readonly struct Deadline(TimeSpan timeout)
{
    private readonly long _start = Environment.TickCount64;

    /// <summary>What is left; zero when it is over.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (timeout == Timeout.InfiniteTimeSpan) return timeout;
            var rest = timeout - TimeSpan.FromMilliseconds(Environment.TickCount64 - _start);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }
}
