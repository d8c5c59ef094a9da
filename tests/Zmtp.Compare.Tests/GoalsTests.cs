namespace Zmtp.Compare.Tests;

public sealed class GoalsTests
{
    private static readonly Ratio ToLibzmq = new(SeriesTable.Zmtp, SeriesTable.Libzmq, Metric.Rate);

    [Theory]
    [InlineData("null", 16, SeriesTable.Zmtp, SeriesTable.Libzmq, 1.5)]
    [InlineData("null", 1 << 20, SeriesTable.Zmtp, SeriesTable.Libzmq, 1.2)]
    [InlineData("null", 8192, SeriesTable.Zmtp, SeriesTable.NetMq, 5)]
    [InlineData("curve", 1024, SeriesTable.Zmtp, SeriesTable.Libzmq, 2)]
    [InlineData("curve", 1024, SeriesTable.ZmtpVector, SeriesTable.Libzmq, 3)]
    public void Throughput_OnTcp_GoesBySize(string mechanism, int size, string series, string reference, double bound)
    {
        var goal = Goals.Find(Samples.Throughput("tcp", size, mechanism), new Ratio(series, reference, Metric.Rate), NothingElse);

        Assert.Equal(Goal.AtLeast(bound), goal);
    }

    [Fact]
    public void Throughput_OnIpc_IsToBeAsFarAheadAsOnTcp()
    {
        var tcp = Samples.Throughput("tcp");
        var ipc = Samples.Throughput("ipc");
        var results = Samples.Results(Samples.Line(tcp, "libzmq", 0, 100), Samples.Line(tcp, "zmtp", 0, 170));

        Assert.Equal(Goal.AtLeast(1.7), results.GoalOf(ipc, ToLibzmq));
        Assert.Null(Samples.Results().GoalOf(ipc, ToLibzmq));
    }

    [Fact]
    public void Throughput_Cpu_IsToBeNoMoreThanLibzmqs()
    {
        var goal = Goals.Find(Samples.Throughput(), ToLibzmq with { Metric = Metric.CpuPerMessage }, NothingElse);

        Assert.True(goal!.Holds(1));
        Assert.False(goal.Holds(1.01));
    }

    [Fact]
    public void Latency_MissesAndHolds_AreToldApart()
    {
        var cell = Samples.Throughput() with { Case = CaseNames.Latency };
        var goal = Goals.Find(cell, ToLibzmq with { Metric = Metric.P50 }, NothingElse)!;

        Assert.True(goal.Holds(0.75));
        Assert.False(goal.Holds(0.76));
        Assert.Equal("≤ 0.75", goal.ToString());
    }

    private static double? NothingElse(Cell cell, Ratio ratio) => null;
}
