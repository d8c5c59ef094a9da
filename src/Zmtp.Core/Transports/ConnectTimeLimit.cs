namespace Zmtp.Transports;

/// <summary>The time that one attempt to connect may take, shared among the steps of it.</summary>
internal sealed class ConnectTimeLimit(TimeSpan? limit, CancellationToken caller) : IDisposable
{
    private readonly long? _end = limit is { } time && time != Timeout.InfiniteTimeSpan ? Environment.TickCount64 + (long)time.TotalMilliseconds : null;
    private CancellationTokenSource? _source;

    /// <summary>Starts the share of the next step, when so many are left. The one before is over.</summary>
    /// <returns>Fires when the share is used up, or the caller gives up.</returns>
    public CancellationToken Share(int steps)
    {
        if (_end is not { } end) return caller;
        _source?.Dispose();
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _source.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, end - Environment.TickCount64) / (double)steps));
        return _source.Token;
    }

    public void Dispose() => _source?.Dispose();
}
