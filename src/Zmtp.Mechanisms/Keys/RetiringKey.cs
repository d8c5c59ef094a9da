namespace Zmtp.Mechanisms;

/// <summary>A key that still opens HELLO for a while.</summary>
/// <param name="Key">The key.</param>
/// <param name="Since">The clock's timestamp when it was replaced.</param>
/// <param name="Overlap">For how long from then on; <see cref="Timeout.InfiniteTimeSpan"/> until it is retired by hand.</param>
internal sealed record RetiringKey(ServerKey Key, long Since, TimeSpan Overlap)
{
    /// <summary>How long it still counts; null for ever, zero or less when its time is over.</summary>
    public TimeSpan? TimeLeft(TimeProvider time) => Overlap == Timeout.InfiniteTimeSpan ? null : Overlap - time.GetElapsedTime(Since);
}
