using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Has connections that are kept between two blocked calls given back when no call comes: else nobody would hear of a peer's PING or its end
/// while the application does something else. One clock for all, which ticks only while something is kept.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal static class KeptLookouts
{
    /// <summary>After the second tick without a call they go back: what arrives waits for 40 ms at most.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    private static readonly Lock Gate = new();
    private static readonly List<SpareLookouts> Watched = [];

    // Those of one tick. A tick that takes long may meet the next one.
    private static readonly Lock Ticking = new();
    private static readonly List<SpareLookouts> Round = [];
    private static readonly Timer Clock = NewClock();

    /// <summary>Something is kept there from now on.</summary>
    public static void Watch(SpareLookouts lookouts)
    {
        using (Gate.Hold())
        {
            Watched.Add(lookouts);
            if (Watched.Count > 1) return;
        }

        Start();
    }

    private static void Tick()
    {
        using var turn = Ticking.Hold();
        using (Gate.Hold()) Round.AddRange(Watched);
        foreach (var lookouts in Round)
        {
            if (lookouts.ReleaseForgotten()) continue;
            using (Gate.Hold()) Watched.Remove(lookouts);
        }

        Round.Clear();
        using (Gate.Hold())
        {
            if (Watched.Count == 0) return;
        }

        Start();
    }

    // For one tick. Who blocked here has a message in hand, which must not be lost.
    private static void Start() => Uninterrupted.Run(Clock, static clock => clock.Change(Period, Timeout.InfiniteTimeSpan));

    // It inherits nothing of the application's, on whose thread it is made.
    private static Timer NewClock()
    {
        if (!ExecutionContext.IsFlowSuppressed())
        {
            using (ExecutionContext.SuppressFlow()) return NewClock();
        }

        return new Timer(static _ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
