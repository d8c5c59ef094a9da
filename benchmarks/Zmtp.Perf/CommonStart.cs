using System.Diagnostics;
using Zmtp.Perf.Links;

namespace Zmtp.Perf;

/// <summary>
/// Where the measured part begins for several subscribers: the last one that has all of the warm-up starts the clock and lets the publisher
/// go on, which has waited for that. So nothing of the warm-up is on the way any more, and no work for what counts has been done. By hand
/// nobody waits; then it begins with whoever is first. Safe on any thread.
/// </summary>
internal sealed class CommonStart(Options options, Link link)
{
    private int _missing = Math.Max(1, options.Subscribers);
    private long _come;
    private long _begin;
    private double _cpu;

    /// <summary>A subscriber has its first message, whether that counts or not.</summary>
    public void NoteFirst() => Interlocked.CompareExchange(ref _come, Stopwatch.GetTimestamp(), 0);

    /// <summary>Takes note of a subscriber's message.</summary>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="MeasurementException">It is not the message that was expected.</exception>
    public bool Add(Meter meter, ReadOnlySpan<byte> body)
    {
        var goesOn = meter.Add(body);
        if (meter.Seen == options.Warmup && !link.IsByHand) NoteWarm(meter);
        return goesOn;
    }

    /// <summary>The deliveries to all subscribers, from the start to the last end.</summary>
    public void Report(IReadOnlyList<Meter> meters, Outcome outcome)
    {
        if (link.IsByHand)
        {
            var first = meters.MinBy(static meter => meter.Begin)!;
            (_begin, _cpu) = (first.Begin, first.CpuAtBegin);
        }

        outcome.Count = meters.Sum(static meter => meter.Count);
        outcome.Seconds = Stopwatch.GetElapsedTime(_begin, meters.Max(static meter => meter.End)).TotalSeconds;
        outcome.WarmupSeconds = Stopwatch.GetElapsedTime(_come, _begin).TotalSeconds;
        outcome.CpuSeconds = Resources.CpuSeconds(link.OtherProcess) - _cpu;
        outcome.PeakKb = Resources.PeakKb(link.OtherProcess);
    }

    private void NoteWarm(Meter meter)
    {
        meter.Start();
        if (Interlocked.Decrement(ref _missing) > 0) return;
        _cpu = Resources.CpuSeconds(link.OtherProcess);
        _begin = Stopwatch.GetTimestamp();
        link.Tell(Notice.Warm);
    }
}
