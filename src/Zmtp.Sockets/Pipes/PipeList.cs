using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>A list of pipes, in no order. Made anew when somebody asks for it, and not whenever it changes: thousands may come one after another.</summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class PipeList
{
    private readonly Lock _gate = new();
    private readonly HashSet<Pipe> _pipes = [];
    private Pipe[]? _snapshot;

    /// <summary>The list as it stands; never changed afterwards.</summary>
    public Pipe[] Snapshot
    {
        get
        {
            using (_gate.Hold()) return _snapshot ??= [.. _pipes];
        }
    }

    public void Add(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (_pipes.Add(pipe)) _snapshot = null;
        }
    }

    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (_pipes.Remove(pipe)) _snapshot = null;
        }
    }
}
