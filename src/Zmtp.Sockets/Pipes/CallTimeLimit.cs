namespace Zmtp.Sockets.Pipes;

/// <summary>The time of an asynchronous call that waits, and the caller's token, in one token.</summary>
internal sealed class CallTimeLimit : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _callers;

    /// <param name="timeout">How long.</param>
    /// <param name="time">The clock of that.</param>
    /// <param name="cancellationToken">Gives up earlier.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is longer than a timer has.</exception>
    public CallTimeLimit(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
        : base(Check(timeout), time)
    {
        _callers = cancellationToken.UnsafeRegister(static me => ((CallTimeLimit)me!).Cancel(), this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _callers.Dispose();
        base.Dispose(disposing);
    }

    private static TimeSpan Check(TimeSpan timeout) => timeout.TotalMilliseconds < uint.MaxValue
        ? timeout
        : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The time is 49 days at most, or infinite.");
}
