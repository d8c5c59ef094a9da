namespace Zmtp.Zap;

/// <summary>
/// How much may be asked of something slow (a directory service, a costly hash) at once, so that a crowd of peers cannot overwhelm it,
/// nor hold each other up for ever. A check beyond a limit is answered with 300, because it may succeed later. Immutable.
/// </summary>
public sealed record CheckLimits
{
    /// <summary>How many checks may run at once; at least 1. Default 16.</summary>
    public int MaxAtOnce { get; init; } = 16;

    /// <summary>
    /// How many more may wait; 0 or more. Default 1024. Addresses take turns (an IPv6 /64, or a link for link-local ones, counts as one),
    /// first come first served within one. If one too many waits, the newest of the address with the most is answered with 300. Questions
    /// about connected peers get every second turn and are not counted.
    /// </summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>
    /// How long a check may take, its wait included; longer than zero, at most 1 day. Default 5 s: less than a client of ours waits for a ZAP
    /// handler (<see cref="ZapClient.DefaultTimeout"/>), which is less than the handshake time. A check that goes on after that keeps its
    /// place until it ends.
    /// </summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAtOnce, 1, nameof(MaxAtOnce));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWaiting, nameof(MaxWaiting));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(TimeLimit, TimeSpan.Zero, nameof(TimeLimit));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TimeLimit, TimeSpan.FromDays(1), nameof(TimeLimit));
    }
}
