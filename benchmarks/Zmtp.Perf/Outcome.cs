namespace Zmtp.Perf;

/// <summary>What one half has measured. NaN: not measured.</summary>
internal sealed class Outcome
{
    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Error { get; set; }

    /// <summary>Messages, round trips, deliveries or connections in the measured part.</summary>
    public long Count { get; set; }

    public double Seconds { get; set; } = double.NaN;

    /// <summary>The time before the measured part, from the first message on.</summary>
    public double WarmupSeconds { get; set; } = double.NaN;

    public double P50Microseconds { get; set; } = double.NaN;

    public double P99Microseconds { get; set; } = double.NaN;

    /// <summary>User and system time of both processes in the measured part.</summary>
    public double CpuSeconds { get; set; } = double.NaN;

    /// <summary>Peak resident memory of both processes, in KiB.</summary>
    public long PeakKb { get; set; }

    public double ServerKbPerConnection { get; set; } = double.NaN;

    public double ClientKbPerConnection { get; set; } = double.NaN;

    /// <summary>Of the client's memory, the part in the garbage collector's heap.</summary>
    public double HeapKbPerConnection { get; set; } = double.NaN;
}
