using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Calls that wait for a value, first come first served. Waiters are pooled, so a steady stream of waits allocates nothing.
/// Continuations run on the pool, never on the thread that completes a wait.
/// </summary>
/// <param name="gate">Guards the queue; shared with the state the waiters wait for.</param>
internal sealed class WaitQueue<T>(SpinGate gate)
{
    private readonly Stack<Waiter<T>> _idle = new();
    private readonly LinkedList<Waiter<T>> _waiting = new();
    private volatile int _count;

    public SpinGate Gate => gate;

    /// <summary>How many wait. Exact under the gate, a hint without it.</summary>
    public int Count => _count;

    /// <summary>Adds a waiter. Under the gate.</summary>
    public Waiter<T> Enqueue()
    {
        if (!_idle.TryPop(out var waiter)) waiter = new Waiter<T>(this);
        _waiting.AddLast(waiter.Node);
        _count = _waiting.Count;
        return waiter;
    }

    /// <summary>Takes the first waiter out, to be completed by the caller after leaving the gate. Under the gate.</summary>
    public Waiter<T>? Dequeue()
    {
        var waiter = _waiting.First?.Value;
        if (waiter is not null) Remove(waiter);
        return waiter;
    }

    /// <summary>Takes a waiter out of turn. Under the gate. False: somebody else has taken it.</summary>
    public bool Remove(Waiter<T> waiter)
    {
        if (waiter.Node.List is null) return false;
        _waiting.Remove(waiter.Node);
        _count = _waiting.Count;
        return true;
    }

    /// <summary>Keeps a waiter for later use. Under the gate.</summary>
    public void Recycle(Waiter<T> waiter)
    {
        try
        {
            _idle.Push(waiter);
        }
        catch (OutOfMemoryException)
        {
            // The collector takes it. The value that was waited for must not be lost with it.
        }
    }
}
