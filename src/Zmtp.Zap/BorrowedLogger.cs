using Microsoft.Extensions.Logging;

namespace Zmtp.Zap;

/// <summary>
/// The log of an authenticator that was given none: what it and the stores it opens say goes to the log of the first context that it is
/// handed to, and waits here until then, because stores are opened before. Safe on any thread.
/// </summary>
internal sealed class BorrowedLogger : ILogger
{
    /// <summary>How many lines wait; one more drops the oldest. Lines below Information do not wait.</summary>
    internal const int MostWaiting = 64;

    private readonly Lock _gate = new();
    private Queue<Action<ILogger>>? _waiting = new();
    private ILogger? _target;

    /// <summary>Writes what waits, and from now on everything, to this log; does nothing where there is one already.</summary>
    /// <param name="target">A guarded logger.</param>
    public void Borrow(ILogger target)
    {
        Queue<Action<ILogger>> waiting;
        lock (_gate)
        {
            if (_waiting is null) return;
            waiting = _waiting;
            _waiting = null;
            Volatile.Write(ref _target, target);
        }

        // Not under the gate: the application's logger may do anything. A line that comes meanwhile may stand before these.
        foreach (var write in waiting) write(target);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Volatile.Read(ref _target)?.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) =>
        Volatile.Read(ref _target) is { } target ? target.IsEnabled(logLevel) : logLevel is >= LogLevel.Information and < LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var isKept = Volatile.Read(ref _target) is null && IsEnabled(logLevel) && TryKeep(target =>
        {
            if (target.IsEnabled(logLevel)) target.Log(logLevel, eventId, state, exception, formatter);
        });
        if (!isKept) Volatile.Read(ref _target)?.Log(logLevel, eventId, state, exception, formatter);
    }

    /// <summary>False: there is a log by now.</summary>
    private bool TryKeep(Action<ILogger> write)
    {
        lock (_gate)
        {
            if (_waiting is null) return false;
            if (_waiting.Count == MostWaiting) _waiting.Dequeue();
            _waiting.Enqueue(write);
            return true;
        }
    }
}
