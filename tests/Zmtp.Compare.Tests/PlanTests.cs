namespace Zmtp.Compare.Tests;

public sealed class PlanTests
{
    [Fact]
    public void Cells_WholeTable_HaveNoCurveOnInproc()
    {
        var cells = Plan.Cells(new ComparisonOptions());

        Assert.DoesNotContain(cells, static cell => cell.Transport == Cell.Inproc && cell.Mechanism != "null");
        Assert.Equal(CaseNames.All, cells.Select(static cell => cell.Case).Distinct());
        Assert.Equal(cells.Count, cells.Distinct().Count());
    }

    [Fact]
    public void Cells_Filters_LeaveOnlyWhatWasAskedFor()
    {
        var options = ComparisonOptions.Parse(
            ["--only", "throughput", "--transports", "ipc", "--mechanisms", "curve", "--sizes", "77", "--runs", "2"]);
        var cell = Assert.Single(Plan.Cells(options));

        Assert.Equal(("throughput", "ipc", "curve", 77, 2), (cell.Case, cell.Transport, cell.Mechanism, cell.Size, cell.Runs));
    }

    [Fact]
    public void Cells_LargeBodies_HaveAHighWaterMarkOf64MiB()
    {
        var options = ComparisonOptions.Parse(["--only", "throughput", "--transports", "tcp", "--mechanisms", "null"]);
        var cells = Plan.Cells(options);

        Assert.Equal(["--hwm", "64"], cells.Single(static cell => cell.Size == 1 << 20).Arguments);
        Assert.All(cells.Where(static cell => cell.Size < 1 << 20), static cell => Assert.Empty(cell.Arguments));
    }

    [Fact]
    public void Options_WrongCase_SaysWhichThereAre()
    {
        var error = Assert.Throws<UsageException>(static () => ComparisonOptions.Parse(["--only", "thruput"]));

        Assert.Contains("throughput", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false, "--quick")]
    [InlineData(false, "--sizes", "16")]
    [InlineData(true, "--quick", "--docs")]
    [InlineData(false, "--no-docs")]
    public void Options_PartOfTheTable_DoesNotReplaceTheDocument(bool writes, params string[] arguments) =>
        Assert.Equal(writes, ComparisonOptions.Parse(arguments).WritesDocs);
}
