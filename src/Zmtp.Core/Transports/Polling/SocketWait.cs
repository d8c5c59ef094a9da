using System.Threading.Tasks.Sources;

namespace Zmtp.Transports.Polling;

/// <summary>One direction of a socket that waits, again and again, without allocating.</summary>
internal class SocketWait : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;

    // Whether the pool has still to end the wait.
    private int _isQueued;

    /// <summary>Whether somebody waits. Guarded by the socket's gate.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Begins a wait. Under the gate, before the event can come.</summary>
    public ValueTask Begin()
    {
        Start();
        return new ValueTask(this, Version);
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

    /// <summary>Ends the wait: whoever waits goes on on the pool. Outside the gate, by whoever took it.</summary>
    public void CompleteElsewhere()
    {
        Volatile.Write(ref _isQueued, 1);
        try
        {
            Queue();
        }
        catch (OutOfMemoryException)
        {
            // Better here than never: nobody else may end it. The pool may have it all the same.
            CompleteIfQueued();
        }
    }

    void IThreadPoolWorkItem.Execute() => CompleteIfQueued();

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Has the pool execute this.</summary>
    protected virtual void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Names the present wait.</summary>
    protected short Version => _core.Version;

    /// <summary>Begins a wait.</summary>
    protected void Start()
    {
        _core.Reset();
        IsPending = true;
    }

    private void CompleteIfQueued()
    {
        if (Interlocked.Exchange(ref _isQueued, 0) != 0) Complete();
    }
}
