using System.Threading.Tasks.Sources;

namespace Zmtp.Transports.Polling;

/// <summary>One direction of a socket that waits, again and again, without allocating.</summary>
internal sealed class SocketWait : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;

    /// <summary>Whether somebody waits. Guarded by the socket's gate.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Begins a wait. Under the gate, before the event can come.</summary>
    public ValueTask Begin()
    {
        _core.Reset();
        IsPending = true;
        return new ValueTask(this, _core.Version);
    }

    /// <summary>Takes the right to end the wait. Under the gate. False: nobody waits.</summary>
    public bool TryTake()
    {
        var was = IsPending;
        IsPending = false;
        return was;
    }

    /// <summary>Ends the wait: whoever waits goes on here and now. Outside the gate, by whoever took it.</summary>
    public void Complete() => _core.SetResult(true);

    /// <summary>Ends the wait: whoever waits goes on on the pool. By whoever took it.</summary>
    public void CompleteElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => Complete();

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
