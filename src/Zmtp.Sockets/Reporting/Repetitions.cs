namespace Zmtp.Sockets.Reporting;

/// <summary>
/// What has been said lately about whom, so that a peer that fails again and again does not flood the log, nor one that fails in
/// ever new ways. Safe on any thread; its memory is bounded.
/// </summary>
internal sealed class Repetitions(TimeProvider time)
{
    /// <summary>How long the same thing is not said again: one minute.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>How many different things are said within that time.</summary>
    public const int Capacity = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Who, string What), Entry> _said = [];
    private long _fullSince;
    private bool _isFull;

    /// <summary>Notes that something is the case.</summary>
    /// <param name="who">Whom it is about: an address or an endpoint.</param>
    /// <param name="what">What is to be said.</param>
    /// <param name="leftOut">How often it was the case, and not news, since it was last said.</param>
    public News Note(string who, string what, out int leftOut)
    {
        lock (_gate)
        {
            leftOut = 0;
            var now = time.GetTimestamp();
            if (_said.TryGetValue((who, what), out var entry))
            {
                if (time.GetElapsedTime(entry.Said, now) < Window)
                {
                    _said[(who, what)] = entry with { LeftOut = entry.LeftOut + 1 };
                    return News.Old;
                }

                leftOut = entry.LeftOut;
            }
            else if (_said.Count >= Capacity && !TryMakeRoom(now))
            {
                if (_isFull && time.GetElapsedTime(_fullSince, now) < Window) return News.Old;
                _isFull = true;
                _fullSince = now;
                return News.TooMuch;
            }

            _said[(who, what)] = new Entry(now, 0);
            return News.Fresh;
        }
    }

    /// <summary>All is well with somebody: the next failure is news.</summary>
    public void Forget(string who)
    {
        lock (_gate)
        {
            if (_said.Count == 0) return;
            foreach (var key in _said.Keys.Where(key => key.Who == who).ToArray()) _said.Remove(key);
        }
    }

    private bool TryMakeRoom(long now)
    {
        foreach (var key in _said.Where(pair => time.GetElapsedTime(pair.Value.Said, now) >= Window).Select(pair => pair.Key).ToArray())
        {
            _said.Remove(key);
        }

        return _said.Count < Capacity;
    }

    private readonly record struct Entry(long Said, int LeftOut);
}
