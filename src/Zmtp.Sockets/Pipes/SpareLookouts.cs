using Zmtp.Threading;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The lookouts of one socket that no blocked call uses at this moment, for the next ones: each has a descriptor of the system's. One of them
/// may keep its connections between two calls, which saves two system calls for each; nobody reads those meanwhile, so it is for a short while
/// only: else nobody would hear of a peer's PING or its end while the application does something else.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class SpareLookouts : IReminded
{
    /// <summary>How many are kept. One thread at a time sleeps at a socket's connections: a few more come and go beside it.</summary>
    private const int Maximum = 4;

    /// <summary>At the second tick without a call they go back: what arrives waits for twice as long at most.</summary>
    private static readonly Reminder Reminder = new(TimeSpan.FromMilliseconds(10));

    private readonly SpinGate _gate = new();
    private readonly Stack<Lookout> _spare = new();

    // Has its connections still. Written under the gate; whether there is one is also looked at without it.
    private volatile Lookout? _kept;
    private bool _isFresh;
    private bool _isWatched;
    private bool _isClosed;

    /// <summary>Whether one has kept its connections: for tests.</summary>
    internal bool HasKept => _kept is not null;

    /// <summary>A lookout, the caller's until <see cref="GiveBack"/> or <see cref="Keep"/>. Null: there is none on this system, or none to be had.</summary>
    public Lookout? Take()
    {
        if (!Lookout.IsPossible) return null;
        using (_gate.Hold())
        {
            var lookout = TakeKept();
            if (lookout is not null || _spare.TryPop(out lookout)) return lookout;
        }

        return Lookout.TryCreate();
    }

    /// <summary>Has it give its connections back, and keeps it.</summary>
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

    /// <summary>Keeps it with its connections, until somebody waits in another way or nobody comes for them.</summary>
    public void Keep(Lookout lookout)
    {
        bool isKept;
        var isToBeWatched = false;
        using (_gate.Hold())
        {
            isKept = !_isClosed && _kept is null;
            if (isKept)
            {
                _kept = lookout;
                _isFresh = true;
                isToBeWatched = !_isWatched;
                _isWatched = true;
            }
        }

        if (!isKept) GiveBack(lookout);
        if (isToBeWatched) Reminder.Watch(this);
    }

    /// <summary>Has the connections given back that are kept, if any are: others are to read them.</summary>
    public void ReleaseKept()
    {
        if (_kept is null) return;
        Lookout? kept;
        using (_gate.Hold()) kept = TakeKept();
        if (kept is not null) GiveBack(kept);
    }

    /// <summary>As <see cref="ReleaseKept"/>, if no call has come since the last time.</summary>
    /// <returns>Whether to come again.</returns>
    public bool Remind()
    {
        Lookout? forgotten;
        using (_gate.Hold())
        {
            if (_isFresh && _kept is not null)
            {
                _isFresh = false;
                return true;
            }

            forgotten = TakeKept();
            _isWatched = false;
        }

        if (forgotten is not null) GiveBack(forgotten);
        return false;
    }

    /// <summary>Closes those that are here, and from now on each that comes back.</summary>
    public void Close()
    {
        Lookout[] spare;
        using (_gate.Hold())
        {
            _isClosed = true;
            if (TakeKept() is { } kept) _spare.Push(kept);
            spare = [.. _spare];
            _spare.Clear();
        }

        foreach (var lookout in spare) lookout.Dispose();
    }

    private Lookout? TakeKept()
    {
        var kept = _kept;
        _kept = null;
        return kept;
    }
}
