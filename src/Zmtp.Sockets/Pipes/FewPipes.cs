using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

/// <summary>The pipes of a socket that are connected or shake hands, as long as they are few enough to be asked one after another; else none.</summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class FewPipes
{
    /// <summary>As many as a blocked thread can watch the sockets of.</summary>
    private const int Maximum = Lookout.MaximumSockets;

    private readonly SpinGate _gate = new();
    private readonly HashSet<Pipe> _all = [];
    private Pipe[] _few = [];

    /// <summary>All of them, or nothing; never changed afterwards.</summary>
    public Pipe[] Snapshot => Volatile.Read(ref _few);

    public void Add(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (_all.Add(pipe)) Renew();
        }
    }

    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (_all.Remove(pipe)) Renew();
        }
    }

    private void Renew() => Volatile.Write(ref _few, _all.Count > Maximum ? [] : [.. _all]);
}
