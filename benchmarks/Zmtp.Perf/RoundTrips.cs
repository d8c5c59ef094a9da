using System.Diagnostics;

namespace Zmtp.Perf;

/// <summary>Times single round trips: lets the warm-up pass, then measures up to the count or the time.</summary>
internal sealed class RoundTrips
{
    /// <summary>Enough for any percentile; later ones are counted, not kept.</summary>
    private const int MaxSamples = 1 << 20;

    private readonly Options _options;
    private readonly int _otherProcess;
    private readonly TimeSpan _warmup;
    private readonly TimeSpan _time;
    private readonly long[] _samples = new long[MaxSamples];
    private int _sampleCount;
    private bool _isMeasuring;
    private long _seen;
    private long _count;
    private long _begin;
    private long _end;
    private double _cpu;
    private TimeSpan _warmedUp;

    public RoundTrips(Options options, int otherProcess)
    {
        _options = options;
        _otherProcess = otherProcess;
        _warmup = TimeSpan.FromSeconds(options.WarmupSeconds);
        _time = TimeSpan.FromSeconds(options.Seconds);
        if (options.Count > 0 && options.Warmup == 0) Start();
    }

    /// <summary>Takes note of a round trip, or of several at once.</summary>
    /// <param name="begin">Its begin, by <see cref="Stopwatch"/>.</param>
    /// <param name="end">Its end.</param>
    /// <param name="count">How many.</param>
    /// <returns>Whether to go on.</returns>
    public bool Add(long begin, long end, int count = 1)
    {
        if (!_isMeasuring)
        {
            if (_seen == 0) _begin = end;
            _seen += count;
            var isWarm = _options.Count > 0 ? _seen >= _options.Warmup : Stopwatch.GetElapsedTime(_begin, end) >= _warmup;
            if (isWarm) Start();
            return true;
        }

        if (_sampleCount < _samples.Length) _samples[_sampleCount++] = end - begin;
        _count += count;
        if (_options.Count > 0 ? _count < _options.Count : Stopwatch.GetElapsedTime(_begin, end) < _time) return true;
        _end = Stopwatch.GetTimestamp();
        _cpu = Resources.CpuSeconds(_otherProcess) - _cpu;
        return false;
    }

    /// <param name="outcome">Takes the figures.</param>
    /// <param name="single">Whether what was noted were single round trips, so that percentiles make sense.</param>
    public void Report(Outcome outcome, bool single = true)
    {
        outcome.Count = _count;
        outcome.Seconds = Stopwatch.GetElapsedTime(_begin, _end).TotalSeconds;
        outcome.WarmupSeconds = _warmedUp.TotalSeconds;
        outcome.CpuSeconds = _cpu;
        if (!single || _sampleCount == 0) return;
        Array.Sort(_samples, 0, _sampleCount);
        outcome.P50Microseconds = Microseconds(_samples[_sampleCount / 2]);
        outcome.P99Microseconds = Microseconds(_samples[(int)((_sampleCount - 1) * 0.99)]);
    }

    /// <summary>Not by way of a TimeSpan, which has steps of 100 ns.</summary>
    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private void Start()
    {
        _isMeasuring = true;
        if (_seen > 0) _warmedUp = Stopwatch.GetElapsedTime(_begin);
        _cpu = Resources.CpuSeconds(_otherProcess);
        _begin = Stopwatch.GetTimestamp();
    }
}
