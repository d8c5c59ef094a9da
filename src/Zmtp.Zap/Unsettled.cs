namespace Zmtp.Zap;

/// <summary>
/// A state of a file that is looked at again before it counts, because somebody may be at work on it: when it was seen, and the first of those
/// that differ from what is in force. By the clock that measures: that of the file's times may be another machine's, or be set.
/// </summary>
internal sealed record Unsettled(FileStamp Stamp, long Seen, long FirstSeen)
{
    // A program that touches the file again and again must not keep a removed user in.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>What is to be remembered of a state that is seen now.</summary>
    /// <param name="before">What was seen last; null when that was in force.</param>
    /// <param name="stamp">The state.</param>
    /// <param name="time">The clock.</param>
    public static Unsettled See(Unsettled? before, FileStamp stamp, TimeProvider time)
    {
        if (before?.Stamp == stamp) return before;
        var now = time.GetTimestamp();
        return new Unsettled(stamp, now, before?.FirstSeen ?? now);
    }

    /// <summary>Whether it has not been there for long enough, and its like have not for two seconds.</summary>
    /// <param name="settling">How long it must have been there.</param>
    /// <param name="time">The clock.</param>
    public bool IsNew(TimeSpan settling, TimeProvider time) =>
        time.GetElapsedTime(Seen) < settling && time.GetElapsedTime(FirstSeen) < Longest;
}
