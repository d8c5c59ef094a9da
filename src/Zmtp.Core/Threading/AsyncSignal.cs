using System.Threading.Tasks.Sources;

namespace Zmtp.Threading;

/// <summary>
/// An auto-reset event for one waiter that allocates nothing: setting it twice before a wait counts once. On which thread the
/// waiter goes on is the choice of the one that sets it.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>Sets it; a waiter goes on on the pool.</summary>
    public void Set() => Signal(asynchronously: true);

    /// <summary>Sets it; a waiter goes on here and now, before this returns. Under no lock.</summary>
    public void SetHere() => Signal(asynchronously: false);

    /// <summary>Completes at the next <see cref="Set"/>, or at once if there was one since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _core.Version);

        // Before the caller looks at what the signal stood for, which the setter has written before it finds the signal set: one of the two sees
        // the other. A volatile write may be seen after the look.
        Interlocked.Exchange(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        _core.Reset();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Signal(bool asynchronously)
    {
        // The setter's half of the same: what it wrote before may else be seen after its look at the state.
        Interlocked.MemoryBarrier();
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Signalled:
                    return;
                case Waiting when Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting:
                    // The source's own way to the pool allocates at each completion.
                    if (asynchronously) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    else _core.SetResult(true);
                    return;
                case Idle when Interlocked.CompareExchange(ref _state, Signalled, Idle) == Idle:
                    return;
            }
        }
    }
}
