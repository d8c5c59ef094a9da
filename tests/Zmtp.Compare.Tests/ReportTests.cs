using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Zmtp.Compare.Tests;

public sealed class ReportTests
{
    private static readonly Series[] Both = [Samples.Series("libzmq"), Samples.Series("zmtp")];

    [Fact]
    public void Table_CellsOfDifferentLengths_AreAligned()
    {
        var table = new MarkdownTable("", "rate");
        table.Add(["16 B", "1"]);

        Assert.Equal("|      | rate |\n| ---- | ---: |\n| 16 B |    1 |\n", table.ToString());
        Assert.Throws<ArgumentException>(() => table.Add(["too few"]));
    }

    [Fact]
    public void Summary_RatioAndGoal_SaysWhetherItHolds()
    {
        var (small, large) = (Samples.Throughput(), Samples.Throughput(size: 1024));
        var results = Samples.Results(
            Samples.Line(small, "libzmq", 0, 100), Samples.Line(small, "zmtp", 0, 160),
            Samples.Line(large, "libzmq", 0, 100), Samples.Line(large, "zmtp", 0, 160));
        var summary = Regex.Replace(new Document(results, Both, "").Summary(), " +", " ");

        Assert.Contains("1.60 | ≥ 1.50 holds", summary, StringComparison.Ordinal);
        Assert.Contains("1.60 | ≥ 3.00 MISSED", summary, StringComparison.Ordinal);
        Assert.Contains("3 of 4 goals hold", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_Publications_SayToHowMany()
    {
        var few = Samples.Throughput() with { Case = CaseNames.PubSub, Peers = 4 };
        var many = few with { Peers = 32 };
        var results = Samples.Results(
            Samples.Line(few, "libzmq", 0, 100), Samples.Line(few, "zmtp", 0, 160),
            Samples.Line(many, "libzmq", 0, 100), Samples.Line(many, "zmtp", 0, 2));
        var summary = Regex.Replace(new Document(results, Both, "").Summary(), " +", " ");

        Assert.Contains("| NULL, 16 B, 4 SUBs | 1.60 |", summary, StringComparison.Ordinal);
        Assert.Contains("| NULL, 16 B, 32 SUBs | 0.02 | ≥ 1.50 MISSED |", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_Ipc_StandsBesideTcp()
    {
        var (tcp, ipc) = (Samples.Throughput("tcp"), Samples.Throughput("ipc"));
        var results = Samples.Results(
            Samples.Line(tcp, "libzmq", 0, 100), Samples.Line(tcp, "zmtp", 0, 200),
            Samples.Line(ipc, "libzmq", 0, 100), Samples.Line(ipc, "zmtp", 0, 190));
        var document = new Document(results, Both, "");
        var summary = Regex.Replace(document.Summary(), " +", " ");
        var bar = new Charts(results, Both).Of(Section.Of(results.Cells)[1])!.Groups[0].Bars[1];

        Assert.Contains("| zmtp/libzmq | goal | zmtp/libzmq, ipc/tcp | goal |", summary, StringComparison.Ordinal);
        Assert.Contains("| 1.90 | | 0.95 | ≥ 1.00 MISSED |", summary, StringComparison.Ordinal);
        Assert.Equal(2, bar.Goal!.Value, 9);
    }

    [Fact]
    public void Summary_RunOfAPairThatFailed_LeavesTheGoalUndecided()
    {
        var cell = Samples.Throughput() with { Runs = 2 };
        var results = Samples.Results(
            Samples.Line(cell, "libzmq", 0, 100), Samples.Line(cell, "zmtp", 0, 160),
            Samples.Line(cell, "libzmq", 1, 100), Samples.Failure(cell, "zmtp", 1));
        var document = new Document(results, Both, "");
        var text = Regex.Replace(document.Markdown("charts"), " +", " ");

        Assert.Contains("1.60 | ≥ 1.50 failed", text, StringComparison.Ordinal);
        Assert.Contains("0 of 2 goals hold", text, StringComparison.Ordinal);
        Assert.Contains("| 160 (1 of 2 failed) |", text, StringComparison.Ordinal);
        Assert.Null(new Charts(results, Both).Of(Section.Of(results.Cells)[0])!.Groups[0].Bars[1].Goal);
    }

    [Fact]
    public void Summary_TrialThatFailed_HasGoalsThatDoNotHold()
    {
        var cell = Samples.Throughput();
        var results = Samples.Results(Samples.Line(cell, "libzmq", 0, 100), Samples.Failure(cell, "zmtp", Measurement.Trial));
        var summary = Regex.Replace(new Document(results, Both, "").Summary(), " +", " ");

        Assert.Contains("| failed | ≥ 1.50 failed |", summary, StringComparison.Ordinal);
        Assert.Contains("0 of 2 goals hold", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_TcpThatFailed_LeavesTheGoalOfIpcUndecided()
    {
        var (tcp, ipc) = (Samples.Throughput("tcp"), Samples.Throughput("ipc"));
        var results = Samples.Results(
            Samples.Line(tcp, "libzmq", 0, 100), Samples.Failure(tcp, "zmtp", 0),
            Samples.Line(ipc, "libzmq", 0, 100), Samples.Line(ipc, "zmtp", 0, 190));
        var summary = Regex.Replace(new Document(results, Both, "").Summary(), " +", " ");

        Assert.Contains("| 1.90 | | failed | ≥ 1.00 failed |", summary, StringComparison.Ordinal);
        Assert.Contains("1 of 4 goals hold", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_SeriesThatWasNotMeasured_HasNoGoals()
    {
        var results = Samples.Results(Samples.Failure(Samples.Throughput(), "zmtp", 0));

        Assert.Contains("0 of 0 goals hold", new Document(results, Both, "").Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_CellThatFailed_IsShown()
    {
        var failure = Measurement.Read(Samples.Throughput(), "zmtp", 0, new PeerProcess("", "no such file", 1));
        var summary = new Document(Samples.Results(failure), Both, "").Summary();

        Assert.Contains("**failed**: zmtp, throughput tcp null 16 B, run 1: no such file", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Replace_TextBetweenTheMarks_LeavesWhatIsAround()
    {
        var document = $"before\n{Document.Begin}\nold\n{Document.End}\nafter\n";

        Assert.Equal($"before\n{Document.Begin}\n\nnew\n{Document.End}\nafter\n", Document.Replace(document, "new"));
        Assert.Throws<InvalidDataException>(static () => Document.Replace("no marks", "new"));
    }

    [Fact]
    public void Chart_BarsAndGoals_LieWithinThePicture()
    {
        var cell = Samples.Throughput();
        var results = Samples.Results(Samples.Line(cell, "libzmq", 0, 100), Samples.Line(cell, "zmtp", 0, 120));
        var svg = new Charts(results, Both).Of(Section.Of(results.Cells)[0])!.Draw().Root!;
        XNamespace space = "http://www.w3.org/2000/svg";
        var width = (double)svg.Attribute("width")!;

        Assert.All(svg.Elements(space + "line"), line => Assert.InRange((double)line.Attribute("x1")!, 0, width));
        Assert.All(
            svg.Elements(space + "rect"), box => Assert.InRange((double)box.Attribute("x")! + (double)box.Attribute("width")!, 0, width));
        Assert.Contains(svg.Elements(space + "text"), static text => text.Value == "1.20 × · 120/s");
    }
}
