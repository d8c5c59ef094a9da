namespace Zmtp.Transports;

/// <summary>The time that one attempt to connect may take.</summary>
internal sealed class ConnectTimeLimit : IDisposable
{
    private readonly CancellationTokenSource? _source;
    private readonly long _end;

    /// <param name="limit">How long; null or infinite for no limit.</param>
    /// <param name="caller">Gives up.</param>
    public ConnectTimeLimit(TimeSpan? limit, CancellationToken caller)
    {
        Caller = caller;
        Token = caller;
        if (limit is not { } time || time == Timeout.InfiniteTimeSpan) return;
        _end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _source.CancelAfter(time);
        Token = _source.Token;
    }

    /// <summary>Fires when the time is used up, or the caller gives up.</summary>
    public CancellationToken Token { get; }

    /// <summary>Fires when the caller gives up.</summary>
    public CancellationToken Caller { get; }

    /// <summary>What each of several steps gets of the time that is left; null without a limit.</summary>
    public TimeSpan? Share(int steps) =>
        _source is null ? null : TimeSpan.FromMilliseconds(Math.Max(0, _end - Environment.TickCount64) / (double)steps);

    public void Dispose() => _source?.Dispose();
}
