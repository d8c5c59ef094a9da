using Xunit;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Tells what happens at once from what waits for two ticks of the clock.</summary>
internal static class Promptness
{
    /// <summary>Less than what waits for the clock takes, which is 10 to 20 ms, every time.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(8);

    /// <summary>
    /// Measures in batches until in one of them a quarter of the times are short. The machine may hold up each time of a batch, where others want
    /// it too, but not for ever.
    /// </summary>
    /// <param name="count">The times in a batch.</param>
    /// <param name="measure">Does it once, and tells what it took.</param>
    /// <param name="clock">Tells when to give up: after half of <see cref="TestTimeout.Default"/>.</param>
    public static async Task AssertAsync(int count, Func<Task<TimeSpan>> measure, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var begun = clock.GetTimestamp();
        List<TimeSpan> times = [];
        do
        {
            times.Clear();
            while (times.Count < count) times.Add(await measure());
            times.Sort();
        }
        while (times[count / 4] >= Limit && clock.GetElapsedTime(begun) < TestTimeout.Default / 2);

        Assert.True(times[count / 4] < Limit, $"It took {string.Join(", ", times)}.");
    }
}
