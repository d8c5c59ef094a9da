using System.Globalization;

namespace Zmtp.Compare.Tests;

public sealed class PlanTests
{
    private static readonly Series Native = new() { Name = "libzmq", Peer = Peer.Native("none"), Colour = "#111111" };

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
    public void Groups_StreamsThatOnlyDifferInTheirTransport_AreMeasuredInTheSameTurns()
    {
        var cells = Plan.Cells(new ComparisonOptions());
        var groups = Plan.Groups(cells);

        Assert.Equal(cells.Count, groups.Sum(static group => group.Count));
        Assert.All(groups.Where(static group => group.Count > 1), static group =>
        {
            Assert.Equal(["tcp", "ipc"], group.Select(static cell => cell.Transport));
            Assert.Single(group.Select(static cell => (cell.Case, cell.Mechanism, cell.Size, cell.Runs)).Distinct());
        });
        Assert.Equal(2 * Plan.Sizes.Length, groups.Count(static group => group.Count > 1));
        Assert.All(groups.Where(static group => group[0].Case != CaseNames.Throughput), static group => Assert.Single(group));
    }

    [Fact]
    public void Arguments_PubSub_LastAsLongAsItTookBefore()
    {
        var cell = Find("pubsub", 1024);
        var arguments = Plan.Arguments(cell, Native, seconds: 0.5, knownRate: 80_000);

        Assert.Equal("10000", ValueOf("--count", arguments));
        Assert.Equal("4000", ValueOf("--warmup", arguments));
    }

    [Fact]
    public void Arguments_PubSubThatIsFast_AreNoMoreThanFitIntoMemory()
    {
        var cell = Find("pubsub", 1024);
        var arguments = Plan.Arguments(cell, Native, seconds: 0.5, knownRate: 1e9);

        Assert.Equal(150 << 20, int.Parse(ValueOf("--count", arguments), CultureInfo.InvariantCulture) * cell.Size);
        Assert.Equal(300 << 20, int.Parse(ValueOf("--warmup", arguments), CultureInfo.InvariantCulture) * cell.Size);
    }

    [Fact]
    public void Arguments_PubSubOfBodiesThatHardlyFit_AreOneMessageAtLeast()
    {
        var options = ComparisonOptions.Parse(["--only", "pubsub", "--sizes", "268435456", "--mechanisms", "curve"]);
        var cell = Assert.Single(Plan.Cells(options));

        Assert.Equal("1", ValueOf("--count", Plan.TrialArguments(cell, Native)!));
        Assert.Equal("1", ValueOf("--count", Plan.Arguments(cell, Native, seconds: 0.5, knownRate: 1)));
    }

    [Fact]
    public void Cells_OneSender_HasManyPeersInEachPatternThatServesThem()
    {
        var many = Plan.Cells(new ComparisonOptions()).Where(static cell => cell.Peers > 4).ToList();

        Assert.Equal(["pubsub", "fanout", "stream"], many.Select(static cell => cell.Case));
        Assert.All(many, static cell =>
        {
            Assert.Equal(("tcp", "null", 16, 32), (cell.Transport, cell.Mechanism, cell.Size, cell.Peers));
            Assert.Contains("32", cell.Arguments);
        });
    }

    [Fact]
    public void Arguments_PubSubWithManySubscribers_AreAsManyDeliveriesAsWithFew()
    {
        var few = Find("pubsub", 16);
        var many = Plan.Cells(new ComparisonOptions()).Single(static cell => cell is { Case: "pubsub", Peers: 32 });

        Assert.Equal(few.MaxCount * few.Peers, many.MaxCount * many.Peers);
        Assert.Equal("10000", ValueOf("--count", Plan.Arguments(many, Native, seconds: 0.5, knownRate: 640_000)));
    }

    [Fact]
    public void TrialArguments_MessagesThatComeInAnyOrder_GoByCount()
    {
        var arguments = Plan.TrialArguments(Find("fanout", 16), Native)!;

        Assert.Contains("--count", arguments);
        Assert.DoesNotContain("--seconds", arguments);
    }

    [Theory]
    [InlineData("throughput", true)]
    [InlineData("latency", true)]
    [InlineData("pubsub", true)]
    [InlineData("fanout", true)]
    [InlineData("stream", true)]
    [InlineData("rpc", true)]
    [InlineData("handshake", false)]
    [InlineData("connections", false)]
    public void TrialArguments_CasesWithManyMessages_CheckEachOfThem(string name, bool verifies) =>
        Assert.Equal(verifies, Plan.TrialArguments(Find(name, 16), Native)?.Contains("--verify") ?? false);

    [Theory]
    [InlineData("--only", "thruput", "throughput")]
    [InlineData("--series", "zmpt", "zmtp-vector")]
    [InlineData("--transports", "udp", "inproc")]
    public void Options_WrongName_SaysWhichThereAre(string option, string wrong, string choice)
    {
        var error = Assert.Throws<UsageException>(() => ComparisonOptions.Parse([option, wrong]));

        Assert.Contains(choice, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sizes", "16,3000000000", "whole number from 0 to")]
    [InlineData("--sizes", "1.5", "whole number from 0 to")]
    [InlineData("--runs", "1e10", "whole number from 1 to")]
    [InlineData("--runs", "0", "whole number from 1 to")]
    [InlineData("--runs", "many", "\"many\"")]
    [InlineData("--seconds", "101", "up to 100")]
    [InlineData("--seconds", "0", "more than 0")]
    [InlineData("--seconds", "-1", "more than 0")]
    [InlineData("--seconds", "NaN", "more than 0")]
    public void Options_NumberThatMakesNoSense_SaysWhichDo(string option, string wrong, string reason)
    {
        var error = Assert.Throws<UsageException>(() => ComparisonOptions.Parse([option, wrong]));

        Assert.Contains($"{option} takes", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_NoSuchOption_PrintsThoseThatThereAre()
    {
        var error = Assert.Throws<UsageException>(static () => ComparisonOptions.Parse(["--quik"]));

        Assert.Contains("--quick", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "--docs")]
    public void Options_CellsThatFailed_DoNotGetIntoTheDocumentUnlessAskedFor(bool writes, params string[] arguments) =>
        Assert.Equal(writes, ComparisonOptions.Parse(arguments).WritesDocs(holes: 1));

    [Theory]
    [InlineData(true)]
    [InlineData(false, "--quick")]
    [InlineData(false, "--sizes", "16")]
    [InlineData(true, "--quick", "--docs")]
    [InlineData(false, "--no-docs")]
    public void Options_PartOfTheTable_DoesNotReplaceTheDocument(bool writes, params string[] arguments) =>
        Assert.Equal(writes, ComparisonOptions.Parse(arguments).WritesDocs(holes: 0));

    private static Cell Find(string name, int size) =>
        Plan.Cells(new ComparisonOptions()).First(cell => cell.Case == name && cell.Size == size && cell.Mechanism == "null");

    private static string ValueOf(string option, IReadOnlyList<string> arguments) =>
        arguments.SkipWhile(argument => argument != option).ElementAt(1);
}
