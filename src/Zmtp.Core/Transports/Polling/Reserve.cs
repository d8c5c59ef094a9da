using System.Diagnostics.CodeAnalysis;

namespace Zmtp.Transports.Polling;

/// <summary>
/// Looks after the threads of a <see cref="Poller"/> while none of them waits: when none has come back for a while, foreign code blocks them,
/// and one more is started, again and again. The pool does the same for its own.
/// </summary>
/// <remarks>While threads wait nothing runs, and no clock ticks. Safe on any thread.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the process.")]
internal sealed class Reserve
{
    /// <summary>How long is a while, at least: 50 ms. The engine's own turns take a few.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly Poller _poller;
    private readonly TimeProvider _time;
    private int _isArmed;
    private uint _turns;

    // For the thread that arms it.
    private uint _turnsBefore;
    private ITimer? _timer;

    /// <param name="poller">The poller whose threads it looks after.</param>
    /// <param name="time">Makes its clock.</param>
    public Reserve(Poller poller, TimeProvider time)
    {
        _poller = poller;
        _time = time;
    }

    /// <summary>A thread is about to wait again. Some of these may be lost, when several come at once, but never all.</summary>
    public void OnBack() => Volatile.Write(ref _turns, unchecked(_turns + 1));

    /// <summary>Nobody waits any more. By a thread of the poller, from which a clock inherits nothing of the application's.</summary>
    public void Arm()
    {
        if (Volatile.Read(ref _isArmed) != 0 || Interlocked.Exchange(ref _isArmed, 1) != 0) return;
        _turnsBefore = Volatile.Read(ref _turns);
        try
        {
            _timer ??= _time.CreateTimer(static me => ((Reserve)me!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Period, Timeout.InfiniteTimeSpan);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // The first clock of a process needs a thread, too. The next thread that leaves none waiting tries again.
            Volatile.Write(ref _isArmed, 0);
        }
    }

    private void Look()
    {
        Volatile.Write(ref _isArmed, 0);

        // A thread that leaves none waiting from now on arms it again.
        Interlocked.MemoryBarrier();
        if (_poller.HasWaitingThread) return;
        if (_turnsBefore == Volatile.Read(ref _turns)) _poller.StartReserve();
        Arm();
    }
}
