using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

// Messages that have arrived and that nobody is to receive any more.
internal sealed partial class Receiver
{
    /// <summary>Drops what was not received. After <see cref="Close"/>, when nothing comes any more.</summary>
    public void Discard()
    {
        while (true)
        {
            Pipe? pipe;
            using (_gate.Hold())
            {
                if (!_ready.TryDequeue(out pipe)) return;
            }

            Empty(pipe);
        }
    }

    /// <summary>Drops what was not received of a pipe to which nothing comes any more.</summary>
    public void Discard(Pipe pipe)
    {
        // First: whatever came behind would find it ready, and nobody would be told.
        using (_gate.Hold()) Forget(pipe);
        Empty(pipe);
    }

    private void Empty(Pipe pipe)
    {
        try
        {
            while (TakeOne(pipe) is { } message)
            {
                if (pipe.BringsSecrets) message.Erase();
                message.Return();
            }
        }
        catch (OutOfMemoryException)
        {
            // What lies in a batch takes memory to be taken out. The rest goes with the pipe; one that brings secrets has no batches.
        }
    }

    // One at a time, for the gate's sake.
    private MessageBuffer? TakeOne(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.Inbound.TryTake(out var message, out _)) return message;
            if (pipe.HasLeft) pipe.OnEmptied();
            return null;
        }
    }

    // Under the gate. The others keep their order.
    private void Forget(Pipe pipe)
    {
        for (var i = _ready.Count; i > 0; i--)
        {
            var other = _ready.Dequeue();
            if (other != pipe) _ready.Enqueue(other);
        }
    }
}
