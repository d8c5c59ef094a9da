using System.Threading.Tasks.Sources;
using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

/// <summary>One waiting call of a <see cref="WaitQueue{T}"/>, asynchronous or blocking.</summary>
internal sealed class Waiter<T> : IValueTaskSource<T>, IThreadPoolWorkItem, IWaiter
{
    private readonly WaitQueue<T> _queue;
    private readonly object _monitor = new();
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private volatile bool _isAwaited;
    private T? _value;

    public Waiter(WaitQueue<T> queue)
    {
        _queue = queue;
        Node = new LinkedListNode<Waiter<T>>(this);
    }

    public LinkedListNode<Waiter<T>> Node { get; }

    /// <summary>Ends the wait. By the thread that took the waiter out of the queue, outside the gate.</summary>
    public void Complete(T value)
    {
        if (_isAwaited)
        {
            // The source's own way to the pool allocates at each completion. Not first on this thread: two that talk to each other would keep
            // it from all else, for ever.
            _value = value;
            if (!PollerThread.TryPost(this)) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        _core.SetResult(value);
        Pulse();
    }

    /// <summary>Runs what follows the await, on a thread that may be blocked.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var value = _value!;
        _value = default;
        _core.RunContinuationsAsynchronously = false;
        _core.SetResult(value);
    }

    /// <inheritdoc/>
    public void Fail(Exception error)
    {
        _core.SetException(error);
        Pulse();
    }

    /// <summary>Takes the wait back. False: it was completed meanwhile, and its result must be taken.</summary>
    public bool TryWithdraw()
    {
        using (_queue.Gate.Hold())
        {
            if (!_queue.Remove(this)) return false;
            Renew();
            _queue.Recycle(this);
            return true;
        }
    }

    /// <summary>Ends the wait and ignores its result, be it there or not.</summary>
    public void Discard()
    {
        if (TryWithdraw()) return;
        SpinUntilCompleted();
        Recycle();
    }

    public ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled) Watch(cancellationToken);
        _isAwaited = true;
        return new ValueTask<T>(this, _core.Version);
    }

    /// <summary>Blocks the thread, which the caller has announced with <see cref="BlockedPoolThread"/>. False: the time is over and the wait was taken back.</summary>
    public bool Wait(TimeSpan timeout, out T? value)
    {
        value = default;
        try
        {
            Block(timeout);
        }
        catch (ThreadInterruptedException)
        {
            if (TryWithdraw()) throw;

            // The value is here: it must not be lost. The next wait of the thread will be interrupted.
            Thread.CurrentThread.Interrupt();
        }

        if (!IsCompleted && TryWithdraw()) return false;

        // Completed, or about to be by the thread that took it out of the queue.
        SpinUntilCompleted();
        value = GetResult(_core.Version);
        return true;
    }

    public T GetResult(short token)
    {
        // First, and a token of an earlier wait throws here too: what is not over, or another's by now, must not be used anew.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException(
                "The call is not over yet, and its result cannot be taken before. Await it, or block with AsTask().GetAwaiter().GetResult() or with a " +
                "call that blocks. Nothing was lost: it still waits.");
        }

        if (_cancellation != default) EndWatch();
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    // Registering fails for want of memory, or by an interrupt. No waiter may be left in line that nobody awaits: a value would be lost
    // with it.
    private void Watch(CancellationToken cancellationToken)
    {
        try
        {
            _cancellation = cancellationToken.UnsafeRegister(static (me, token) => ((Waiter<T>)me!).Cancel(token), this);
        }
        catch (Exception failure)
        {
            if (TryWithdraw()) throw;

            // The value is here, or on its way: no token is needed any more.
            if (failure is ThreadInterruptedException) Thread.CurrentThread.Interrupt();
        }
    }

    // Dispose waits for a callback that runs at this moment. An interrupt there would lose the value.
    private void EndWatch()
    {
        Uninterrupted.Run(_cancellation, static cancellation => cancellation.Dispose());
        _cancellation = default;
    }

    private bool IsCompleted => _core.GetStatus(_core.Version) != ValueTaskSourceStatus.Pending;

    // The serving thread may be a blocked receiver that reads for others too: interrupted, it would let another receiver sleep on.
    private void Pulse() => Uninterrupted.Run(_monitor, static monitor =>
    {
        lock (monitor) Monitor.Pulse(monitor);
    });

    // The pauses become sleeps, which an interrupt ends: what is on its way would then be nobody's.
    private void SpinUntilCompleted() => Uninterrupted.Run(this, static me =>
    {
        var spin = default(SpinWait);
        while (!me.IsCompleted) spin.SpinOnce();
    });

    private void Recycle()
    {
        using (_queue.Gate.Hold())
        {
            Renew();
            _queue.Recycle(this);
        }
    }

    private void Renew()
    {
        _core.Reset();
        _core.RunContinuationsAsynchronously = true;
        _isAwaited = false;
    }

    private void Block(TimeSpan timeout)
    {
        var deadline = new Deadline(timeout);
        lock (_monitor)
        {
            while (!IsCompleted && deadline.Rest is var rest && rest != TimeSpan.Zero) Monitor.Wait(_monitor, Deadline.ToWholeMilliseconds(rest));
        }
    }

    private void Cancel(CancellationToken token)
    {
        using (_queue.Gate.Hold())
        {
            if (!_queue.Remove(this)) return;
        }

        Fail(new OperationCanceledException(token));
    }
}
