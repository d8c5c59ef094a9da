using System.Diagnostics;

namespace Zmtp.Perf;

/// <summary>
/// Checks and counts a stream of messages: lets the warm-up pass, then measures up to the count or the time. The message with which
/// the measured part begins starts the clock and is not counted.
/// </summary>
internal sealed class Meter
{
    private readonly int _size;
    private readonly bool _verifies;
    private readonly bool _knowsSender;
    private readonly bool _goesByCount;
    private readonly long _first;
    private readonly long _last;
    private readonly TimeSpan _warmup;
    private readonly TimeSpan _time;
    private readonly long _strideMask;
    private readonly int _otherProcess;
    private readonly Arrivals? _arrivals;
    private long _come;
    private long _seenAtBegin;
    private double _cpuAtEnd;

    /// <param name="options">How long, and of which messages.</param>
    /// <param name="otherProcess">The other process, if what it uses counts; else 0.</param>
    /// <param name="knowsSender">Whether one of our halves has sent the messages, and so all of each of them can be checked.</param>
    /// <param name="isMixed">Whether they come by several connections, and so not in their order.</param>
    public Meter(Options options, int otherProcess, bool knowsSender, bool isMixed = false)
    {
        _size = options.Size;
        _verifies = options.Verify;
        _knowsSender = knowsSender;
        _goesByCount = options.Count > 0;
        _first = options.Warmup + 1;
        _last = options.Warmup + options.Count;
        _warmup = TimeSpan.FromSeconds(options.WarmupSeconds);
        _time = TimeSpan.FromSeconds(options.Seconds);
        _otherProcess = otherProcess;
        if (isMixed) _arrivals = new Arrivals(_goesByCount ? _last : long.MaxValue);

        // Reading the clock takes as long as receiving a small message: only every so many.
        _strideMask = _size >= 65536 ? 0 : _size >= 4096 ? 7 : 63;
    }

    /// <summary>Messages so far, those of the warm-up as well.</summary>
    public long Seen { get; private set; }

    /// <summary>When the measured part began, by <see cref="Stopwatch"/>; 0 before.</summary>
    public long Begin { get; private set; }

    /// <summary>When it ended.</summary>
    public long End { get; private set; }

    /// <summary>User and system time of both processes when it began.</summary>
    public double CpuAtBegin { get; private set; }

    /// <summary>Messages in the measured part.</summary>
    public long Count => Seen - _seenAtBegin;

    private bool IsMeasuring => CpuAtBegin > 0;

    /// <summary>Takes note of a message.</summary>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="MeasurementException">It is not the message that was expected.</exception>
    public bool Add(ReadOnlySpan<byte> body)
    {
        if (body.Length != _size) ThrowWrongSize(body.Length);
        if (_verifies) Check(body);
        if (Seen++ == 0) _come = Stopwatch.GetTimestamp();
        if (_goesByCount)
        {
            if (Seen == _first && !IsMeasuring) Start();
            if (Seen < _last) return true;
            Finish(Stopwatch.GetTimestamp());
            return false;
        }

        return (Seen & _strideMask) != 0 || LookAtTheClock();
    }

    /// <summary>The message after this one is the first that counts. By count that is so by itself, unless it was called before.</summary>
    public void Start()
    {
        _seenAtBegin = Seen;
        CpuAtBegin = Resources.CpuSeconds(_otherProcess);
        Begin = Stopwatch.GetTimestamp();
    }

    public void Report(Outcome outcome)
    {
        outcome.Count = Count;
        outcome.Seconds = Stopwatch.GetElapsedTime(Begin, End).TotalSeconds;
        outcome.WarmupSeconds = Stopwatch.GetElapsedTime(_come, Begin).TotalSeconds;
        outcome.CpuSeconds = _cpuAtEnd - CpuAtBegin;
    }

    private void Check(ReadOnlySpan<byte> body)
    {
        var number = Seen;
        if (_arrivals is not null)
        {
            // A body without room for its number may be that of any of them.
            if (!NumberedBody.TryReadNumber(body, out number)) return;
            _arrivals.Note(number);
        }

        if (_knowsSender) NumberedBody.Check(body, number);
        else NumberedBody.CheckNumber(body, number);
    }

    private bool LookAtTheClock()
    {
        var now = Stopwatch.GetTimestamp();
        if (IsMeasuring)
        {
            if (Stopwatch.GetElapsedTime(Begin, now) < _time) return true;
            Finish(now);
            return false;
        }

        if (Stopwatch.GetElapsedTime(_come, now) >= _warmup) Start();
        return true;
    }

    private void Finish(long now)
    {
        End = now;
        _cpuAtEnd = Resources.CpuSeconds(_otherProcess);
    }

    private void ThrowWrongSize(int length) => throw new MeasurementException($"a message of {length} octets came instead of {_size}");
}
