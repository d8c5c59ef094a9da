using Zmtp.Engine;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

/// <summary>The lookouts of one socket that no blocked call uses at this moment, for the next ones: each has a descriptor of the system's.</summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class SpareLookouts
{
    /// <summary>How many are kept. One thread at a time sleeps at a socket's connections: a few more come and go beside it.</summary>
    private const int Maximum = 4;

    private readonly SpinGate _gate = new();
    private readonly Stack<Lookout> _spare = new();
    private bool _isClosed;

    /// <summary>A lookout that holds nothing, the caller's until <see cref="GiveBack"/>. Null: there is none on this system, or none to be had.</summary>
    public Lookout? Take()
    {
        if (!Lookout.IsPossible) return null;
        using (_gate.Hold())
        {
            if (_spare.TryPop(out var lookout)) return lookout;
        }

        return Lookout.TryCreate();
    }

    /// <summary>Has it give its sockets back, and keeps it.</summary>
    public void GiveBack(Lookout lookout)
    {
        lookout.Release();
        using (_gate.Hold())
        {
            if (!_isClosed && _spare.Count < Maximum)
            {
                _spare.Push(lookout);
                return;
            }
        }

        lookout.Dispose();
    }

    /// <summary>Closes those that are here, and from now on each that comes back.</summary>
    public void Close()
    {
        Lookout[] spare;
        using (_gate.Hold())
        {
            _isClosed = true;
            spare = [.. _spare];
            _spare.Clear();
        }

        foreach (var lookout in spare) lookout.Dispose();
    }
}
