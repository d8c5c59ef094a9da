using Zmtp.Perf.Links;

namespace Zmtp.Perf;

/// <summary>Runs the two halves of a case as two threads that share a context, which inproc needs.</summary>
internal static class PairOfThreads
{
    public static Outcome Run(string measurer, Options mine, string other, Options others)
    {
        using var library = new Library();
        using var link = new ThreadLink();
        var thread = new Thread(() => library.Run(other, others, link)) { Name = other };
        thread.Start();
        var outcome = library.Run(measurer, mine, link);
        thread.Join();
        return outcome;
    }
}
