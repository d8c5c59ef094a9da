using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;
using Zmtp.Sockets;

namespace Zmtp.Perf;

/// <summary>Runs the two halves of a case as two threads that share a context, which inproc needs.</summary>
internal static class PairOfThreads
{
    public static Outcome Run(string measurer, Options mine, string other, Options others)
    {
        using var context = new ZmtpContext();
        using var link = new ThreadLink();
        var thread = new Thread(() => CaseHalf.Create(other, others, link, context).Run()) { Name = other };
        thread.Start();
        var outcome = CaseHalf.Create(measurer, mine, link, context).Run();
        thread.Join();
        return outcome;
    }
}
