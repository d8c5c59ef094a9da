using System.Text.Json.Nodes;

namespace Zmtp.Compare.Tests;

public sealed class RunnerTests : IDisposable
{
    /// <summary>What was done, in its order: a look, or the case, the transport, the series and whether it was a trial.</summary>
    private readonly List<string> _steps = [];

    /// <summary>How the steps begin that fail.</summary>
    private string _failing = "none";

    private readonly StringWriter _lines = new();
    private readonly StringWriter _progress = new();

    public void Dispose()
    {
        _lines.Dispose();
        _progress.Dispose();
    }

    [Fact]
    public void Run_SeveralRuns_GoesThroughAllCellsBeforeTheNextRun()
    {
        Run("--only", "throughput,latency", "--transports", "tcp,ipc", "--mechanisms", "null", "--sizes", "16", "--runs", "2");

        string[] streams = ["throughput tcp libzmq", "throughput tcp zmtp", "throughput ipc libzmq", "throughput ipc zmtp"];
        string[] tripsOverTcp = ["latency tcp libzmq", "latency tcp zmtp"];
        string[] tripsOverIpc = ["latency ipc libzmq", "latency ipc zmtp"];
        Assert.Equal(
            [
                .. Trials(streams), "look", .. streams, .. Trials(tripsOverTcp), "look", .. tripsOverTcp,
                .. Trials(tripsOverIpc), "look", .. tripsOverIpc,
                "look", .. streams, "look", .. tripsOverTcp, "look", .. tripsOverIpc,
            ],
            _steps);
    }

    [Fact]
    public void Run_CellsWithDifferentNumbersOfRuns_EndWithThoseThatHaveMore()
    {
        var results = Run("--only", "throughput,connections", "--transports", "tcp", "--mechanisms", "null", "--sizes", "16");

        Assert.Equal(5, _steps.Count(static step => step == "throughput tcp zmtp"));
        Assert.Equal(3, _steps.Count(static step => step == "connections tcp zmtp"));
        Assert.Equal("throughput tcp zmtp", _steps[^1]);
        Assert.Equal(100, results.Median(results.Cells[0], "zmtp", Metric.Rate));
    }

    [Fact]
    public void Run_EachTurn_IsTold()
    {
        Run("--only", "throughput", "--transports", "tcp", "--mechanisms", "null", "--sizes", "16", "--runs", "2");

        Assert.Equal(
            """
            [1/2] throughput tcp null 16 B, run 1 of 2: libzmq 100, zmtp 100
            [2/2] throughput tcp null 16 B, run 2 of 2: libzmq 100, zmtp 100

            """.ReplaceLineEndings(),
            _progress.ToString());
        Assert.Equal([-1, -1, 0, 0, 1, 1], RunsInTheLines());
    }

    [Fact]
    public void Run_TrialThatFailed_LeavesThatSeriesOutOfThatCell()
    {
        _failing = "throughput tcp zmtp trial";
        var results = Run("--only", "throughput", "--transports", "tcp,ipc", "--mechanisms", "null", "--sizes", "16", "--runs", "2");

        Assert.Equal("trial", Assert.Single(results.Failures).RunName);
        Assert.DoesNotContain("throughput tcp zmtp", _steps);
        Assert.Equal(2, _steps.Count(static step => step == "throughput tcp libzmq"));
        Assert.Equal(2, _steps.Count(static step => step == "throughput ipc zmtp"));
    }

    [Fact]
    public void Run_EveryTrialOfACellFailed_GoesOnWithTheOthers()
    {
        _failing = "throughput tcp";
        Run("--only", "throughput,latency", "--transports", "tcp", "--mechanisms", "null", "--sizes", "16", "--runs", "1");

        Assert.Equal(
            ["throughput tcp libzmq trial", "throughput tcp zmtp trial", "latency tcp libzmq trial", "latency tcp zmtp trial"], _steps[..4]);
        Assert.Equal(["look", "latency tcp libzmq", "latency tcp zmtp"], _steps[4..]);
        Assert.Contains("[1/1] latency tcp null 16 B", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ProgramWithoutAMechanism_IsLeftOutOfItsCellsAndThatIsAHole()
    {
        Series[] series = [Samples.Series("libzmq", hasCurve: false), Samples.Series("zmtp")];
        var results = Run(series, "--only", "throughput", "--transports", "tcp,ipc", "--sizes", "16", "--runs", "1");
        var report = new Document(results, series, "").Markdown("charts");
        const string told = "libzmq is left out of 2 cells: its program lacks curve";

        Assert.Equal(["warning: " + told], _progress.ToString().Split(Environment.NewLine).Where(static line => line.Contains("left out")));
        Assert.Contains($"- **hole**: {told}\n", report, StringComparison.Ordinal);
        Assert.Empty(results.Failures);
        Assert.False(new ComparisonOptions().WritesDocs(results.Holes));
    }

    [Fact]
    public void Run_ProgramWithoutAnOptionThatItsSeriesNeeds_IsLeftOutAndThatIsAHole()
    {
        Series[] series = [Samples.Series("libzmq"), Samples.Series("zmtp-vector") with { NeededOption = "--cipher" }];
        var results = Run(series, "--only", "throughput", "--transports", "tcp", "--sizes", "16", "--runs", "1");

        Assert.DoesNotContain("throughput tcp zmtp-vector", _steps);
        Assert.Equal(["zmtp-vector is left out of 2 cells: its program lacks the option --cipher"], results.LeftOut);
        Assert.Equal(1, results.Holes);
    }

    [Fact]
    public void Run_CellsThatASeriesIsNotMeantFor_AreNoHoles()
    {
        Series[] series = [Samples.Series("libzmq"), Samples.Series("netmq", hasCurve: false) with { Mechanisms = ["null"], Transports = ["tcp"] }];
        var results = Run(series, "--only", "throughput", "--transports", "tcp,ipc", "--sizes", "16", "--runs", "1");

        Assert.Single(_steps, "throughput tcp netmq");
        Assert.Equal(0, results.Holes);
        Assert.True(new ComparisonOptions().WritesDocs(results.Holes));
    }

    [Fact]
    public void Run_NobodyWhoCanMeasureAnything_IsMisuse()
    {
        var error = Assert.Throws<UsageException>(
            () => Run([Samples.Series("libzmq", hasCurve: false)], "--only", "rpc", "--mechanisms", "curve"));

        Assert.Contains("There is nothing to measure", error.Message, StringComparison.Ordinal);
        Assert.Empty(_steps);
    }

    [Theory]
    [InlineData("netmq", "--transports", "ipc")]
    [InlineData("zmtp-async", "--only", "throughput")]
    [InlineData("zmtp-vector", "--mechanisms", "null")]
    public void SeriesTable_SeriesThatIsMeantForNoneOfTheCells_IsKnownBeforeItsProgramIsAsked(string name, string option, string value)
    {
        var series = SeriesTable.Create("none").Single(one => one.Name == name);

        Assert.DoesNotContain(Plan.Cells(ComparisonOptions.Parse([option, value])), series.IsMeantFor);
    }

    private IEnumerable<int> RunsInTheLines() => _lines.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => JsonNode.Parse(line)!["run"]!.GetValue<int>());

    private ResultSet Run(params string[] arguments) => Run([Samples.Series("libzmq"), Samples.Series("zmtp")], arguments);

    private ResultSet Run(IReadOnlyList<Series> series, params string[] arguments)
    {
        var options = ComparisonOptions.Parse(arguments);
        var lineup = Lineup.Of(series, Plan.Cells(options));
        return new Runner(lineup, options.Seconds, Start, () => _steps.Add("look"), _lines, _progress).Run();
    }

    private PeerProcess Start(IReadOnlyList<string> command)
    {
        var (name, transport) = (command[0], command.SkipWhile(static word => word != "--transport").ElementAt(1));
        var isTrial = command.Contains("--verify");
        _steps.Add($"{command[1]} {transport} {name}{(isTrial ? " trial" : "")}");
        return _steps[^1].StartsWith(_failing, StringComparison.Ordinal) ? new PeerProcess("", "lost", 1) : Samples.Answer(100);
    }

    private static IEnumerable<string> Trials(IEnumerable<string> steps) => steps.Select(static step => step + " trial");
}
