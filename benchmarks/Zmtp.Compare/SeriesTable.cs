namespace Zmtp.Compare;

/// <summary>Which series there are, in the order in which they take turns. To measure another setting, add a row.</summary>
internal static class SeriesTable
{
    public const string Libzmq = "libzmq";
    public const string Zmtp = "zmtp";
    public const string ZmtpAsync = "zmtp-async";
    public const string ZmtpVector = "zmtp-vector";
    public const string NetMq = "netmq";

    public static readonly string[] Names = [Libzmq, Zmtp, ZmtpAsync, ZmtpVector, NetMq];

    /// <param name="root">The root of the repository, where the programs have been built.</param>
    public static IReadOnlyList<Series> Create(string root)
    {
        var libzmq = Peer.Native(Path.Combine(root, "benchmarks/peers/libzmq/bin/libzmq-perf"));
        var zmtp = Peer.Managed(Path.Combine(root, "benchmarks/Zmtp.Perf/bin/Release/net10.0/Zmtp.Perf.dll"));
        var netMq = Peer.Managed(Path.Combine(root, "benchmarks/peers/netmq/bin/Release/net10.0/Zmtp.Perf.NetMq.dll"));
        return
        [
            new() { Name = Libzmq, Peer = libzmq, Colour = "#8b949e" },
            new() { Name = Zmtp, Peer = zmtp, Colour = "#2f81f7" },
            new() { Name = ZmtpAsync, Peer = zmtp, Colour = "#3fb950", Cases = [CaseNames.Latency], Arguments = ["--api", "async"] },
            new()
            {
                Name = ZmtpVector, Peer = zmtp, Colour = "#a371f7", Cases = [CaseNames.Throughput], Mechanisms = ["curve"],
                Arguments = ["--cipher", "vector"], NeededOption = "--cipher",
            },

            // It has no PLAIN, and its ipc is TCP under another name.
            new()
            {
                Name = NetMq, Peer = netMq, Colour = "#d29922", Mechanisms = ["null", "curve"], Transports = [Cell.Tcp, Cell.Inproc],
            },
        ];
    }

    /// <summary>The ratios of a case's tables.</summary>
    public static IReadOnlyList<Ratio> Ratios(string caseName) => caseName switch
    {
        CaseNames.Throughput =>
        [
            new(Zmtp, Libzmq, Metric.Rate), new(Zmtp, Libzmq, Metric.Rate, IsOfTcps: true), new(Zmtp, Libzmq, Metric.CpuPerMessage),
            new(ZmtpVector, Libzmq, Metric.Rate), new(ZmtpVector, Libzmq, Metric.Rate, IsOfTcps: true),
            new(ZmtpVector, Libzmq, Metric.CpuPerMessage), new(Zmtp, NetMq, Metric.Rate),
        ],
        CaseNames.Latency =>
        [
            new(Zmtp, Libzmq, Metric.P50), new(Zmtp, Libzmq, Metric.P99),
            new(ZmtpAsync, Libzmq, Metric.P50), new(ZmtpAsync, Libzmq, Metric.P99), new(Zmtp, Libzmq, Metric.CpuPerMessage),
        ],
        CaseNames.Connections =>
        [
            new(Zmtp, Libzmq, Metric.ServerKb), new(Zmtp, Libzmq, Metric.ClientKb), new(Zmtp, Libzmq, Metric.CpuPerMessage),
        ],
        _ => [new(Zmtp, Libzmq, Metric.Rate), new(Zmtp, Libzmq, Metric.CpuPerMessage), new(Zmtp, NetMq, Metric.Rate)],
    };
}
