using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The pipes in which messages gather although a background loop has been called for them. Who sends and receives in turn comes to
/// a point where nothing is left to receive: what it sent until then leaves there, in one system call, on its own thread.
/// </summary>
/// <remarks>Safe on any thread. Nothing is lost when nobody flushes: the loop comes.</remarks>
internal sealed class Gathering
{
    private readonly SpinGate _gate = new();
    private readonly List<Pipe> _pipes = [];
    private volatile int _count;

    public void Add(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.IsGathering) return;
            pipe.IsGathering = true;
            _pipes.Add(pipe);
            _count = _pipes.Count;
        }
    }

    /// <summary>The pipe is gone for good.</summary>
    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (!pipe.IsGathering) return;
            pipe.IsGathering = false;
            _pipes.Remove(pipe);
            _count = _pipes.Count;
        }
    }

    public void Flush()
    {
        while (_count > 0)
        {
            Pipe pipe;
            using (_gate.Hold())
            {
                if (_pipes.Count == 0) return;
                pipe = _pipes[^1];
                _pipes.RemoveAt(_pipes.Count - 1);
                pipe.IsGathering = false;
                _count = _pipes.Count;
            }

            pipe.Flush();
        }
    }
}
