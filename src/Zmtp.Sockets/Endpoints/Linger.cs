namespace Zmtp.Sockets.Endpoints;

/// <summary>The time that an endpoint which closes has for what was sent, from now on. Safe on any thread.</summary>
/// <param name="time">The context's clock.</param>
/// <param name="length">How long; infinite for as long as it takes.</param>
/// <param name="closing">The linger of the whole socket once that closes, too: no endpoint that has not said goodbye by then has more.</param>
/// <param name="hurry">Ends the linger.</param>
internal sealed class Linger(TimeProvider time, TimeSpan length, Func<Linger?> closing, CancellationToken hurry)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Ends the linger.</summary>
    public CancellationToken Hurry => hurry;

    /// <summary>What is left of it; zero when it is over.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = OwnLeft;
            return closing()?.OwnLeft is { } other && other < left ? other : left;
        }
    }

    private TimeSpan OwnLeft
    {
        get
        {
            if (hurry.IsCancellationRequested) return TimeSpan.Zero;
            if (length == Timeout.InfiniteTimeSpan) return TimeSpan.MaxValue;
            var left = length - time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
