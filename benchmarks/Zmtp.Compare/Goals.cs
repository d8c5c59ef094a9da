namespace Zmtp.Compare;

/// <summary>The goals of the project: its figures in units of the other implementations' on the same machine, measured in turns.</summary>
internal static class Goals
{
    private const double Inproc = 1.5;
    private const double IpcToTcp = 1.0;
    private const double PubSub = 1.5;
    private const double ManyPeers = 1.0;
    private const double Rpc = 1.5;
    private const double P50 = 0.75;
    private const double P99 = 0.85;
    private const double NullHandshake = 1.3;
    private const double CurveHandshake = 2.5;
    private const double ServerMemory = 1.0 / 3;
    private const double Cpu = 1.0;

    private static readonly Dictionary<int, double> NullToLibzmq = PerSize(1.5, 1.8, 3, 4, 1.8, 1.2);

    private static readonly Dictionary<int, double> NullToNetMq = PerSize(5, 5, 4, 5, 3, 2.5);

    private static readonly Dictionary<int, double> CurveToLibzmq = PerSize(1.3, 1.25, 2.0, 2.0, 1.1, 1.0);

    private static readonly Dictionary<int, double> VectorCurveToLibzmq = PerSize(3, 3, 3, 2.5, 1.4, 1.3);

    /// <summary>The goal of a ratio in a row; null if there is none.</summary>
    /// <param name="cell">The row.</param>
    /// <param name="ratio">The ratio.</param>
    public static Goal? Find(Cell cell, Ratio ratio) => (cell.Case, ratio.Metric) switch
    {
        (CaseNames.Throughput, Metric.CpuPerMessage) when ratio.Reference == SeriesTable.Libzmq => Goal.AtMost(Cpu),
        (CaseNames.Throughput, Metric.Rate) => Throughput(cell, ratio),
        (_, _) when ratio.Reference != SeriesTable.Libzmq => null,
        (CaseNames.Latency, Metric.P50) when cell.Transport == "tcp" => Goal.AtMost(P50),
        (CaseNames.Latency, Metric.P99) when cell.Transport == "tcp" => Goal.AtMost(P99),
        (CaseNames.PubSub, Metric.Rate) => Goal.AtLeast(PubSub),
        (CaseNames.Fanout or CaseNames.Stream, Metric.Rate) => Goal.AtLeast(ManyPeers),
        (CaseNames.Rpc, Metric.Rate) => Goal.AtLeast(Rpc),
        (CaseNames.Handshake, Metric.Rate) => Goal.AtLeast(cell.Mechanism == "curve" ? CurveHandshake : NullHandshake),
        (CaseNames.Connections, Metric.ServerKb) => Goal.AtMost(ServerMemory),
        _ => null,
    };

    private static Goal? Throughput(Cell cell, Ratio ratio)
    {
        // Ipc is to be as far ahead as tcp, and has no goal beside that.
        if (cell.Transport == Cell.Ipc || ratio.IsOfTcps)
        {
            return cell.Transport == Cell.Ipc && ratio.IsOfTcps ? Goal.AtLeast(IpcToTcp) : null;
        }

        if (cell.Transport == Cell.Inproc) return ratio.Reference == SeriesTable.Libzmq ? Goal.AtLeast(Inproc) : null;
        var goals = (cell.Mechanism, ratio.Reference, ratio.Series) switch
        {
            ("null", SeriesTable.Libzmq, _) => NullToLibzmq,
            ("null", SeriesTable.NetMq, _) => NullToNetMq,
            ("curve", SeriesTable.Libzmq, SeriesTable.ZmtpVector) => VectorCurveToLibzmq,
            ("curve", SeriesTable.Libzmq, _) => CurveToLibzmq,
            _ => null,
        };
        return goals is not null && goals.TryGetValue(cell.Size, out var goal) ? Goal.AtLeast(goal) : null;
    }

    /// <summary>In the order of the sizes of the table.</summary>
    private static Dictionary<int, double> PerSize(params double[] goals) =>
        Plan.Sizes.Zip(goals).ToDictionary(static pair => pair.First, static pair => pair.Second);
}
