using System.Diagnostics;

namespace Zmtp.Perf;

/// <summary>The figures of a half that only sends or echoes; they are printed when it was started by hand.</summary>
internal sealed class SenderClock
{
    private long _begin;
    private double _cpu;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begin);

    public void Start()
    {
        _cpu = Resources.OwnCpuSeconds();
        _begin = Stopwatch.GetTimestamp();
    }

    public void Report(Outcome outcome, long count) => Report(outcome, count, Elapsed);

    public void Report(Outcome outcome, long count, TimeSpan time)
    {
        outcome.Count = count;
        outcome.Seconds = time.TotalSeconds;
        outcome.CpuSeconds = Resources.OwnCpuSeconds() - _cpu;
        outcome.PeakKb = Resources.OwnPeakKb();
    }
}
