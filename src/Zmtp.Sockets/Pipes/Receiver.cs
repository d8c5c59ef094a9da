using System.Runtime.CompilerServices;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The receiving side of a socket: fair-queues over the pipes that have something, one whole message from each in turn, and lets
/// callers wait. Safe on any thread.
/// </summary>
internal sealed class Receiver
{
    /// <summary>A blocking caller looks so many times before it sleeps: a wake costs some 25 µs on a virtual machine.</summary>
    private const int Spins = 20;

    private readonly Lock _gate = new();
    private readonly Queue<Pipe> _ready = new();
    private readonly WaitQueue<Message> _waiters;
    private Func<Exception>? _closed;

    public Receiver() => _waiters = new WaitQueue<Message>(_gate);

    public Lock Gate => _gate;

    /// <summary>A pipe has something and is not in the ready queue.</summary>
    public void OnReady(Pipe pipe)
    {
        Waiter<Message>? waiter;
        MessageBuffer? message;
        lock (_gate)
        {
            _ready.Enqueue(pipe);
            if (_waiters.Count == 0 || !TryTake(out message)) return;
            waiter = _waiters.Dequeue();
        }

        while (true)
        {
            waiter!.Complete(new Message(message!));
            lock (_gate)
            {
                if (_waiters.Count == 0 || !TryTake(out message)) return;
                waiter = _waiters.Dequeue();
            }
        }
    }

    public bool TryReceive(out Message message)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (TryTake(out var buffer))
            {
                message = new Message(buffer!);
                return true;
            }
        }

        message = default;
        return false;
    }

    public ValueTask<Message> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<Message>(cancellationToken);
        Waiter<Message> waiter;
        lock (_gate)
        {
            ThrowIfClosed();
            if (TryTake(out var message)) return new ValueTask<Message>(new Message(message!));
            waiter = _waiters.Enqueue();
        }

        return waiter.WaitAsync(cancellationToken);
    }

    /// <summary>Blocks. False: the time is over.</summary>
    public bool TryReceive(TimeSpan timeout, out Message message)
    {
        if (TryReceive(out message)) return true;
        if (timeout == TimeSpan.Zero) return false;

        // From here on: a thread that spins is as good as lost to the pool when the machine is busy.
        using var blocked = BlockedPoolThread.Enter();
        var spin = default(SpinWait);
        for (var i = 0; i < Spins; i++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (TryReceive(out message)) return true;
        }

        Waiter<Message> waiter;
        lock (_gate)
        {
            ThrowIfClosed();
            if (TryTake(out var buffer))
            {
                message = new Message(buffer!);
                return true;
            }

            waiter = _waiters.Enqueue();
        }

        return waiter.Wait(timeout, out message);
    }

    /// <summary>Ends all waits; later calls fail the same way.</summary>
    public void Close(Func<Exception> reason)
    {
        while (true)
        {
            Waiter<Message>? waiter;
            lock (_gate)
            {
                _closed = reason;
                waiter = _waiters.Dequeue();
            }

            if (waiter is null) return;
            waiter.Fail(reason());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(out MessageBuffer? message)
    {
        while (_ready.TryPeek(out var pipe))
        {
            if (pipe.Inbound.TryTake(out message))
            {
                if (_ready.Count > 1) _ready.Enqueue(_ready.Dequeue());
                return true;
            }

            _ready.Dequeue();
        }

        message = null;
        return false;
    }

    private void ThrowIfClosed()
    {
        if (_closed is not null) throw _closed();
    }
}
