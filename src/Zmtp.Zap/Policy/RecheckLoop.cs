namespace Zmtp.Zap;

/// <summary>
/// Makes passes in the background, one at a time, whenever they are asked for; what is asked for during a pass is met by the next one. A
/// pass that could not ask about everybody is made again after a while. Safe on any thread.
/// </summary>
internal sealed class RecheckLoop : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Func<CancellationToken, Task<RecheckPass>> _pass;
    private readonly Func<Func<Task>, Task> _run;
    private readonly AuthenticatorLog _log;
    private readonly TimeSpan _interval;
    private readonly ITimer _again;
    private readonly CancellationTokenSource _stop = new();
    private Task _passes = Task.CompletedTask;
    private bool _isWanted;
    private bool _isRunning;
    private bool _isDisposed;

    /// <param name="pass">Makes a pass.</param>
    /// <param name="log">Hears what a pass throws, and a store or policy when it is told to give up.</param>
    /// <param name="interval">How long until a pass is made again that could not ask about everybody.</param>
    /// <param name="time">The clock of that.</param>
    /// <param name="run">Puts the passes on the pool; in tests it has no memory for that.</param>
    public RecheckLoop(
        Func<CancellationToken, Task<RecheckPass>> pass,
        AuthenticatorLog log,
        TimeSpan interval,
        TimeProvider time,
        Func<Func<Task>, Task>? run = null)
    {
        _pass = pass;
        _run = run ?? Task.Run;
        _log = log;
        _interval = interval;
        _again = time.CreateTimer(
            static me => ((RecheckLoop)me!).Want(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks for a pass that begins after this call.</summary>
    public void Want()
    {
        lock (_gate)
        {
            _isWanted = true;
            if (_isRunning || _isDisposed) return;
            try
            {
                _passes = _run(RunAsync);
                _isRunning = true;
            }
            catch (OutOfMemoryException)
            {
                // The caller has made a change, which holds. The pass is made later.
                WantLater();
            }
        }
    }

    /// <summary>Asks for a pass after a while.</summary>
    public void WantLater()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            try
            {
                _again.Change(_interval, Timeout.InfiniteTimeSpan);
            }
            catch (OutOfMemoryException)
            {
                // Not even for that. The next change asks again.
            }
        }
    }

    /// <summary>Completes when every pass that was asked for before has been made. For tests.</summary>
    public Task SettledAsync()
    {
        lock (_gate) return _passes;
    }

    /// <summary>Stops. Never throws: what a store or policy throws that is told to give up goes to the log.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }

        _again.Dispose();
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException error)
        {
            _log.GiveUpFailed(error);
        }
        finally
        {
            _stop.Dispose();
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            CancellationToken stop;
            lock (_gate)
            {
                _isRunning = _isWanted && !_isDisposed;
                if (!_isRunning) return;
                _isWanted = false;
                stop = _stop.Token;
            }

            try
            {
                var pass = await _pass(stop).ConfigureAwait(false);
                if (pass.Failed > 0 || pass.Unended > 0) WantLater();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The authenticator is disposed of.
            }
#pragma warning disable CA1031 // Whatever a pass fails of, the next change must find this loop at work all the same.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Survive(error);
            }
        }
    }

    private void Survive(Exception error)
    {
        WantLater();
        try
        {
            _log.PassFailed(error);
        }
        catch (OutOfMemoryException)
        {
            // The pass is made again, whether or not anybody hears why.
        }
    }
}
