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
        var goal = Goals.Find(Samples.Throughput("tcp", size, mechanism), new Ratio(series, reference, Metric.Rate));

        Assert.Equal(Goal.AtLeast(bound), goal);
    }

    [Fact]
    public void Throughput_OnIpc_IsToBeAsFarAheadAsOnTcp()
    {
        var ofTcps = ToLibzmq with { IsOfTcps = true };

        Assert.Equal(Goal.AtLeast(1), Goals.Find(Samples.Throughput("ipc"), ofTcps));
        Assert.Null(Goals.Find(Samples.Throughput("ipc"), ToLibzmq));
        Assert.Null(Goals.Find(Samples.Throughput("tcp"), ofTcps));
    }

    [Fact]
    public void Throughput_Cpu_IsToBeNoMoreThanLibzmqs()
    {
        var goal = Goals.Find(Samples.Throughput(), ToLibzmq with { Metric = Metric.CpuPerMessage });

        Assert.True(goal!.Holds(1));
        Assert.False(goal.Holds(1.01));
    }

    [Theory]
    [InlineData("pubsub", 1.5)]
    [InlineData("fanout", 1)]
    [InlineData("stream", 1)]
    public void ManyPeers_Rate_IsToBeNoLessThanLibzmqs(string name, double bound)
    {
        var cell = Samples.Throughput() with { Case = name, Peers = 32 };

        Assert.Equal(Goal.AtLeast(bound), Goals.Find(cell, ToLibzmq));
        Assert.Null(Goals.Find(cell, ToLibzmq with { Metric = Metric.CpuPerMessage }));
        Assert.Null(Goals.Find(cell, ToLibzmq with { Reference = SeriesTable.NetMq }));
    }

    [Fact]
    public void Latency_MissesAndHolds_AreToldApart()
    {
        var cell = Samples.Throughput() with { Case = CaseNames.Latency };
        var goal = Goals.Find(cell, ToLibzmq with { Metric = Metric.P50 })!;

        Assert.True(goal.Holds(0.75));
        Assert.False(goal.Holds(0.76));
        Assert.Equal("≤ 0.75", goal.ToString());
    }
}
