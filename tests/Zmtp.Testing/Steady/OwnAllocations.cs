namespace Zmtp.Testing.Steady;

/// <summary>What code allocates on the thread that runs it: other threads may do what they like meanwhile.</summary>
public static class OwnAllocations
{
    /// <summary>
    /// The least number of octets that one of several runs has allocated. The runtime may allocate something on this thread once, as where it goes on in
    /// code that was compiled anew, and 1,296 octets were seen; what the code itself allocates it does in each run.
    /// </summary>
    /// <param name="run">What may allocate. It has run before, as what is made at first use is not meant.</param>
    /// <param name="runs">How many at most: the first that allocates nothing is the last.</param>
    public static long LeastOf(Action run, int runs = 5)
    {
        var least = long.MaxValue;
        for (var i = 0; i < runs && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
