namespace Zmtp.Compare;

/// <summary>One series' figure in units of another one's.</summary>
internal sealed record Ratio(string Series, string Reference, Metric Metric)
{
    public string Name => $"{Series}/{Reference}{Metric switch
    {
        Metric.P50 => " p50",
        Metric.P99 => " p99",
        Metric.CpuPerMessage => " CPU",
        Metric.ServerKb => " server",
        Metric.ClientKb => " client",
        _ => "",
    }}";
}
