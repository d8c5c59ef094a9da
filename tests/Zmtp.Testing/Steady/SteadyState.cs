using System.Diagnostics;
using Xunit;

namespace Zmtp.Testing.Steady;

/// <summary>In the steady state nothing is allocated, not even an octet for thousands of messages.</summary>
/// <remarks>
/// What is counted is the whole process's, so nothing else may run beside. A run is cut into windows, and in most windows of some run nothing at
/// all may have been allocated: one object in each window, which is a thousandth of an object for each small message, fails the test. The windows
/// that are let pass are those in which the runtime's own threads work, the timers of tests that ran before end, a pool of ours fills on one more
/// thread (a reader changes threads), or a full collection has taken idle memory from <c>BlockPool</c>. The host of the tests allocates something
/// ten times a second, so where the machine is slow the windows are made smaller until they find their way in between. And the messages that
/// the tests before left in the pool grow one by one, when their turn comes, to the size of this test's: runs are not only counted, they go on
/// for some seconds too, since over inproc fifty of them took 70 ms and were over before the pool had come round. Where messages are large there
/// are few of them in a window, and one that allocates its body now and then would leave most windows of each run without any: a run counts only
/// if the others have little in them, which is what the runtime and the host allocate, and no body.
/// </remarks>
public static class SteadyState
{
    private const int Windows = 5;
    private const int WindowsWithoutAny = 3;
    private const int LeastRuns = 50;

    /// <summary>Octets in all windows of a run together.</summary>
    private const long MostInAll = 16 * 1024;

    /// <summary>Windows are not made smaller than that part: what allocates now and then would find its way in between as well.</summary>
    private const int SmallestPart = 16;

    /// <summary>Nor smaller than that many messages: a run has five times as many, which shows what every tenth or twentieth of them allocates.</summary>
    private const int LeastMessages = 4;

    /// <summary>How long a window may take: a quarter of the time in which the host of the tests allocates once.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMilliseconds(25);

    /// <summary>How long runs go on at least before the test fails. What allocates for each message does so in all of them.</summary>
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs an exchange of messages until a run has shown that it allocates nothing.</summary>
    /// <param name="how">Its name, for the failure.</param>
    /// <param name="messages">In one window. Some take milliseconds: the longer a window, the more of what others do falls into it.</param>
    /// <param name="run">Exchanges <see cref="AllocationWindows.Messages"/>, and tells of each one that was received.</param>
    /// <param name="tolerance">Octets for each message that count as nothing: for code that is not optimised.</param>
    public static async Task ExpectNothingAllocatedAsync(string how, int messages, Func<AllocationWindows, Task> run, int tolerance = 0)
    {
        var isSteady = false;
        var least = Math.Max(LeastMessages, messages / SmallestPart);
        long[] allocated = [];
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; !isSteady && (i < LeastRuns || Stopwatch.GetElapsedTime(since) < LeastTime); i++)
        {
            var windows = new AllocationWindows(messages, Windows);
            await run(windows).WithinAsync(60);
            allocated = windows.Allocated;
            var nothing = (long)tolerance * messages;
            isSteady = allocated.Count(octets => octets <= nothing) >= WindowsWithoutAny && allocated.Sum() <= MostInAll + (nothing * Windows);
            if (windows.Length > LongestWindow) messages = Math.Max(least, messages / 2);
        }

        Assert.True(isSteady, $"{how}, octets for {messages} messages each: {string.Join(", ", allocated)}");
    }
}
