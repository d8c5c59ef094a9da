namespace Zmtp.Compare;

/// <summary>One series' figure in units of another one's.</summary>
/// <param name="Series">Whose figure.</param>
/// <param name="Reference">In whose units.</param>
/// <param name="Metric">Which figure.</param>
/// <param name="IsOfTcps">Of ipc only: that in units of what it is on tcp.</param>
internal sealed record Ratio(string Series, string Reference, Metric Metric, bool IsOfTcps = false)
{
    public string Name => $"{Series}/{Reference}{Metric switch
    {
        Metric.P50 => " p50",
        Metric.P99 => " p99",
        Metric.CpuPerMessage => " CPU",
        Metric.ServerKb => " server",
        Metric.ClientKb => " client",
        _ => "",
    }}{(IsOfTcps ? ", ipc/tcp" : "")}";
}
