using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Comes back to what was left to calls that may never come. One clock for all of a kind, which ticks only while something is watched.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class Reminder
{
    private readonly TimeSpan _period;
    private readonly Timer _clock;
    private readonly Lock _gate = new();
    private readonly List<IReminded> _watched = [];

    // Those of one tick. A tick that takes long may meet the next one.
    private readonly Lock _ticking = new();
    private readonly List<IReminded?> _round = [];

    /// <param name="period">How long from one tick to the next.</param>
    public Reminder(TimeSpan period)
    {
        _period = period;
        _clock = NewClock();
    }

    /// <summary>From the next tick on it is asked, until it says that there is nothing more; then it may be watched again.</summary>
    public void Watch(IReminded reminded)
    {
        using (_gate.Hold())
        {
            _watched.Add(reminded);
            if (_watched.Count > 1) return;
        }

        Start();
    }

    private void Tick()
    {
        using var turn = _ticking.Hold();
        using (_gate.Hold()) _round.AddRange(_watched);
        for (var i = 0; i < _round.Count; i++)
        {
            if (!_round[i]!.Remind()) _round[i] = null;
        }

        using (_gate.Hold())
        {
            // What was watched meanwhile lies behind those of this tick. One by one they would be looked for among thousands.
            var kept = 0;
            foreach (var reminded in _round)
            {
                if (reminded is not null) _watched[kept++] = reminded;
            }

            _watched.RemoveRange(kept, _round.Count - kept);
            _round.Clear();
            if (_watched.Count == 0) return;
        }

        Start();
    }

    // For one tick. The caller has a message in hand, which must not be lost.
    private void Start() => Uninterrupted.Run(this, static me => me._clock.Change(me._period, Timeout.InfiniteTimeSpan));

    // Made on the application's thread.
    private Timer NewClock() => WithoutFlow.Begin(this, static me =>
        new Timer(static me => ((Reminder)me!).Tick(), me, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
}
