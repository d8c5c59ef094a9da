using System.Diagnostics;

namespace Zmtp.Zap;

/// <summary>What came of asking about the connected peers once. Safe on any thread.</summary>
internal sealed class RecheckPass
{
    private readonly Lock _gate = new();

    /// <summary>When it began, by <see cref="Stopwatch.GetTimestamp"/>: what was looked up since need not be looked up again.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>How many were to be asked about.</summary>
    public int Asked { get; private set; }

    /// <summary>How many of them were sent away.</summary>
    public int Ended { get; private set; }

    /// <summary>How many could not be asked about.</summary>
    public int Failed { get; private set; }

    /// <summary>The first of those; null where there is none.</summary>
    public LivePeer? FirstFailed { get; private set; }

    /// <summary>Why that one could not.</summary>
    public Recheck Problem { get; private set; }

    /// <summary>How many may not stay and are still there, since what serves them threw.</summary>
    public int Unended { get; private set; }

    /// <summary>What was thrown for the first of those.</summary>
    public Exception? UnendedBy { get; private set; }

    /// <summary>Counts one peer.</summary>
    public void Add(LivePeer peer, Recheck recheck)
    {
        lock (_gate)
        {
            Asked++;
            if (recheck.Failed is null) return;
            if (Failed++ == 0) (FirstFailed, Problem) = (peer, recheck);
        }
    }

    /// <summary>Counts one that was sent away, and had neither left nor been sent away before.</summary>
    public void AddEnded()
    {
        lock (_gate) Ended++;
    }

    /// <summary>Counts one that was to be sent away, and is still there.</summary>
    public void AddUnended(Exception error)
    {
        lock (_gate)
        {
            Unended++;
            UnendedBy ??= error;
        }
    }
}
