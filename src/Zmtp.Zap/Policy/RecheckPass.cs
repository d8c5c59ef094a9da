namespace Zmtp.Zap;

/// <summary>What came of asking about everybody once. Safe on any thread.</summary>
internal sealed class RecheckPass
{
    private readonly Lock _gate = new();

    /// <summary>How many may not stay.</summary>
    public int Ended { get; private set; }

    /// <summary>How many could not be asked about.</summary>
    public int Failed { get; private set; }

    /// <summary>Why the first of them could not.</summary>
    public string Problem { get; private set; } = "";

    /// <param name="isNews">False when the peer had left, or was being sent away already.</param>
    public void AddEnded(bool isNews)
    {
        lock (_gate) Ended += isNews ? 1 : 0;
    }

    /// <summary>Counts peers that stay, whether they may or could not be asked about.</summary>
    public void Add(Recheck recheck, int peers)
    {
        if (recheck.Failed is not { } problem) return;
        lock (_gate)
        {
            if (Failed == 0) Problem = problem;
            Failed += peers;
        }
    }
}
