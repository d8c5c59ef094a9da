namespace Zmtp.Transports;

/// <summary>The time that one attempt to connect may take, shared among the addresses that are tried.</summary>
internal sealed class ConnectTimeLimit : IDisposable
{
    private readonly CancellationToken _caller;
    private readonly long? _end;
    private CancellationTokenSource _source;

    public ConnectTimeLimit(TimeSpan? limit, CancellationToken caller)
    {
        _caller = caller;
        _end = limit is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : null;
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        Share(1);
    }

    /// <summary>Fires when the share is used up, or the caller gives up.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Starts the share of the next of so many steps.</summary>
    public void Share(int steps)
    {
        if (_end is not { } end) return;
        _source.Dispose();
        _source = CancellationTokenSource.CreateLinkedTokenSource(_caller);
        _source.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, end - Environment.TickCount64) / (double)steps));
    }

    public void Dispose() => _source.Dispose();
}
