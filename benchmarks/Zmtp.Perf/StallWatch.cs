namespace Zmtp.Perf;

/// <summary>
/// Gives asynchronous loops a token that is cancelled when the other half stops, or when there has been no progress for too long. One
/// timer looks from time to time: a timeout of its own for every message would be part of what is measured.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private const int LooksPerLimit = 10;

    private readonly CancellationTokenSource _cancellation;
    private readonly Timer _timer;
    private readonly TimeSpan _limit;
    private readonly bool _waitsForFirst;
    private long _progress;
    private long _seen;
    private long _since = Environment.TickCount64;

    /// <param name="limit">How long nothing may happen; infinite for as long as it likes.</param>
    /// <param name="stopping">Cancels the token as well.</param>
    /// <param name="waitsForFirst">Whether the time before the first progress is not limited.</param>
    public StallWatch(TimeSpan limit, CancellationToken stopping, bool waitsForFirst = false)
    {
        _limit = limit;
        _waitsForFirst = waitsForFirst;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var interval = limit == Timeout.InfiniteTimeSpan ? limit : limit / LooksPerLimit;
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    public CancellationToken Token => _cancellation.Token;

    /// <summary>Whether it was the silence that cancelled the token.</summary>
    public bool HasStalled { get; private set; }

    /// <summary>Something happened. By one caller at a time.</summary>
    public void Note() => Volatile.Write(ref _progress, _progress + 1);

    public void Dispose()
    {
        using var ended = new ManualResetEvent(initialState: false);
        if (_timer.Dispose(ended)) ended.WaitOne();
        _cancellation.Dispose();
    }

    private void Look()
    {
        var progress = Volatile.Read(ref _progress);
        if (progress != _seen || (progress == 0 && _waitsForFirst))
        {
            _seen = progress;
            _since = Environment.TickCount64;
        }
        else if (Environment.TickCount64 - _since >= _limit.TotalMilliseconds)
        {
            HasStalled = true;
            _cancellation.Cancel();
        }
    }
}
