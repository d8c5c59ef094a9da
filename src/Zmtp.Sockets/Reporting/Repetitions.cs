using Zmtp.Threading;

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

    /// <summary>
    /// How many of them are said of the same peer. It chooses what goes into a reason, its key for example: one that makes all of them new must not
    /// hide what is the matter with others.
    /// </summary>
    public const int Share = Capacity / 8;

    /// <summary>Whom it is about when there is too much of all together.</summary>
    private const string Everybody = "";

    private readonly Lock _gate = new();

    // Where what is said is null, it is that there is too much, at whatever endpoint, which takes no place among the rest.
    private readonly Dictionary<(string Endpoint, string Who, string? What), Entry> _said = [];

    /// <summary>Notes that something is the case.</summary>
    /// <param name="endpoint">Where. What goes wrong at one is not what goes wrong at another: two servers on one machine are two to mend.</param>
    /// <param name="who">Whom it is about: an address or an endpoint.</param>
    /// <param name="isOne">Whether that is one peer, and not all that come over an endpoint that tells them not apart.</param>
    /// <param name="what">What is to be said.</param>
    /// <param name="leftOut">How often it was the case, and not news, since it was last said.</param>
    public News Note(string endpoint, string who, bool isOne, string what, out int leftOut)
    {
        using (_gate.Hold())
        {
            leftOut = 0;
            var now = time.GetTimestamp();
            if (_said.TryGetValue((endpoint, who, what), out var entry))
            {
                if (time.GetElapsedTime(entry.Said, now) < Window)
                {
                    _said[(endpoint, who, what)] = entry with { LeftOut = entry.LeftOut + 1 };
                    return News.Old;
                }

                leftOut = entry.LeftOut;
            }
            else if (!HasRoomFor(who, isOne))
            {
                ForgetOld(now);
                if (!HasRoomFor(who, isOne)) return NoteTooMuch(who, isOne, now);
            }

            _said[(endpoint, who, what)] = new Entry(now, 0);
            return News.Fresh;
        }
    }

    /// <summary>All is well at an endpoint: the next failure is news. Allocates nothing: it is also called where nothing can be undone any more.</summary>
    public void Forget(string endpoint)
    {
        using (_gate.Hold())
        {
            // The first look at the keys takes memory, which noting something has had.
            if (_said.Count == 0) return;
            foreach (var key in _said.Keys)
            {
                if (key.Endpoint == endpoint) _said.Remove(key);
            }
        }
    }

    private bool HasRoomFor(string who, bool isOne) => CountOf(Everybody) < Capacity && !HasItsShare(who, isOne);

    private bool HasItsShare(string who, bool isOne) => isOne && CountOf(who) >= Share;

    private int CountOf(string who) => _said.Keys.Count(key => key.What is not null && (who == Everybody || key.Who == who));

    private News NoteTooMuch(string who, bool isOne, long now)
    {
        var isOfOne = HasItsShare(who, isOne);
        if (!_said.TryAdd(("", isOfOne ? who : Everybody, null), new Entry(now, 0))) return News.Old;
        return isOfOne ? News.TooMuchOfOne : News.TooMuch;
    }

    private void ForgetOld(long now)
    {
        foreach (var (key, entry) in _said)
        {
            if (time.GetElapsedTime(entry.Said, now) >= Window) _said.Remove(key);
        }
    }

    private readonly record struct Entry(long Said, int LeftOut);
}
