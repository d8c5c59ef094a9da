using System.Diagnostics;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Support;

/// <summary>Something that goes on until nobody takes any more. Nobody tells that it has stopped but the clock.</summary>
internal static class Standstill
{
    private static readonly TimeSpan Still = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until a count has got somewhere and then has not changed for a while.</summary>
    /// <returns>Where it stands.</returns>
    public static async Task<int> OfAsync(Func<int> count, int least)
    {
        var until = TestTimeout.Token;
        var seen = count();
        var since = Stopwatch.GetTimestamp();
        while (seen < least || Stopwatch.GetElapsedTime(since) < Still)
        {
            await Task.Delay(10, until);
            var now = count();
            if (now == seen) continue;
            seen = now;
            since = Stopwatch.GetTimestamp();
        }

        return seen;
    }
}
