using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>A list of pipes that is read without a lock: it changes as a whole.</summary>
internal sealed class PipeList
{
    private readonly Lock _gate = new();
    private Pipe[] _pipes = [];

    /// <summary>The list as it stands; never changed afterwards.</summary>
    public Pipe[] Snapshot => Volatile.Read(ref _pipes);

    public void Add(Pipe pipe)
    {
        using (_gate.Hold()) Volatile.Write(ref _pipes, [.. _pipes, pipe]);
    }

    public void Remove(Pipe pipe)
    {
        using (_gate.Hold()) Volatile.Write(ref _pipes, Array.FindAll(_pipes, other => other != pipe));
    }
}
