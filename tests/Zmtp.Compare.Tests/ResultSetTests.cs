namespace Zmtp.Compare.Tests;

public sealed class ResultSetTests
{
    private static readonly Ratio Rate = new(SeriesTable.Zmtp, SeriesTable.Libzmq, Metric.Rate);

    [Fact]
    public void Ratio_SeveralRuns_IsTheMedianOfTheRatiosWithinEachRun()
    {
        var cell = Samples.Throughput();

        // The second run was slow for both: the ratio of the medians would be 300 / 100.
        var results = Samples.Results(
            Samples.Line(cell, "libzmq", 0, 100), Samples.Line(cell, "zmtp", 0, 400),
            Samples.Line(cell, "libzmq", 1, 10), Samples.Line(cell, "zmtp", 1, 20),
            Samples.Line(cell, "libzmq", 2, 120), Samples.Line(cell, "zmtp", 2, 300));

        Assert.Equal(2.5, results.Get(cell, Rate));
    }

    [Fact]
    public void Ratio_RunThatFailed_DoesNotCount()
    {
        var cell = Samples.Throughput();
        var failure = Measurement.Read(cell, "zmtp", 1, new PeerProcess("""{"error":"timed out","msgs_per_s":null}""", "", 1));
        var results = Samples.Results(
            Samples.Line(cell, "libzmq", 0, 100), Samples.Line(cell, "zmtp", 0, 200), Samples.Line(cell, "libzmq", 1, 100), failure);

        Assert.Equal(2, results.Get(cell, Rate));
        Assert.Equal("timed out", Assert.Single(results.Failures).Error);
    }

    [Fact]
    public void Ratio_OfIpc_IsInUnitsOfTcpsWithinEachRun()
    {
        var (tcp, ipc) = (Samples.Throughput("tcp"), Samples.Throughput("ipc"));
        var ofTcps = Rate with { IsOfTcps = true };

        // Run by run 1.5, 0.5 and 1.2; the quotient of the medians of 2, 4, 5 and 3, 2, 6 would be 0.75.
        var results = Samples.Results(
            [.. Both(tcp, 0, 2), .. Both(ipc, 0, 3), .. Both(tcp, 1, 4), .. Both(ipc, 1, 2), .. Both(tcp, 2, 5), .. Both(ipc, 2, 6)]);

        Assert.Equal(1.2, results.Get(ipc, ofTcps)!.Value, 9);
        Assert.Null(results.Get(tcp, ofTcps));
        Assert.Null(Samples.Results(Both(ipc, 0, 3)).Get(ipc, ofTcps));
    }

    [Fact]
    public void Cells_MeasuredInAnotherOrder_AreInThatOfTheTable()
    {
        var (tcp, ipc, inproc) = (Samples.Throughput("tcp"), Samples.Throughput("ipc"), Samples.Throughput("inproc"));
        var results = new ResultSet([tcp, ipc, inproc]);
        results.Add(Samples.Line(inproc, "zmtp", 0, 1));
        results.Add(Samples.Line(tcp, "zmtp", 0, 1));

        Assert.Equal([tcp, inproc], results.Cells);
    }

    [Theory]
    [InlineData("""{"count":1000,"msgs_per_s":5.0}""", 1, "exit code 1: it broke")]
    [InlineData("""{"count":0,"msgs_per_s":5.0}""", 0, "nothing was counted")]
    [InlineData("""{"msgs_per_s":5.0}""", 0, "nothing was counted")]
    [InlineData("""{"count":1000,"msgs_per_s":null}""", 0, "there is no rate")]
    [InlineData("""{"count":1000,"msgs_per_s":0}""", 0, "there is no rate")]
    [InlineData("""{"count":1000}""", 0, "there is no rate")]
    [InlineData("""{"count":1000,"msgs_per_s":1e999}""", 0, "there is no rate")]
    public void Line_WithoutARateOrOfAProgramThatFailed_IsAFailure(string line, int exitCode, string reason)
    {
        var measurement = Measurement.Read(Samples.Throughput(), "zmtp", 0, new PeerProcess(line, "it broke", exitCode));

        Assert.Contains(reason, measurement.Error, StringComparison.Ordinal);
        Assert.Null(measurement.Get(Metric.Rate));
        Assert.Contains("\"error\"", measurement.Json, StringComparison.Ordinal);
    }

    [Fact]
    public void Trial_ThatFailed_IsShownAsSuch() => Assert.Equal(
        "trial", Measurement.Read(Samples.Throughput(), "zmtp", Measurement.Trial, new PeerProcess("", "lost", 1)).RunName);

    [Fact]
    public void Line_ProgramThatPrintsNone_IsAFailureThatSaysWhy()
    {
        var line = Measurement.Read(Samples.Throughput(), "zmtp", 0, new PeerProcess("", "first\nlibrary not found\n", 127));

        Assert.Equal("library not found", line.Error);
        Assert.Null(line.Get(Metric.Rate));
        Assert.Contains("\"size\":16", line.Json, StringComparison.Ordinal);
    }

    [Fact]
    public void CpuPerMessage_CountAndTime_IsInMicroseconds() =>
        Assert.Equal(2000, Samples.Line(Samples.Throughput(), "zmtp", 0, rate: 1, cpu: 2).Get(Metric.CpuPerMessage));

    private static Measurement[] Both(Cell cell, int run, double ratio) =>
        [Samples.Line(cell, "libzmq", run, 100), Samples.Line(cell, "zmtp", run, 100 * ratio)];
}
