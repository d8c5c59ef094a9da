using Xunit;
using Zmtp.Conformance;
using Zmtp.Testing;

namespace Zmtp.Core.Tests;

/// <summary>The tool that writes docs/CONFORMANCE.md.</summary>
public sealed class ConformanceTests
{
    private static readonly SpecTest Test = new("Some.Tests", "Shown", ["A-1"]);

    [Theory]
    [InlineData("Passed", null, null, false)]
    [InlineData("Passed", "there is no such feature", null, true)]
    [InlineData("Failed", "there is no such feature", null, false)]
    [InlineData("NotExecuted", "there is no such feature", null, false)]
    [InlineData("Passed", null, "it is not so", false)]
    [InlineData("Failed", null, "it is not so", false)]
    [InlineData("Passed", "there is no such feature", "it is not so", true)]
    [InlineData("NotExecuted", "there is no such feature", "it is not so", true)]
    public void ROW_WithATestAndAReason_IsContradictoryIfTheTestPassesOrTheRowDiffers(
        string outcome, string? reason, string? deviation, bool isContradictory)
    {
        var verdict = Judge(outcome, reason, deviation);

        Assert.True(verdict.IsShown);
        Assert.Equal(isContradictory, verdict.IsContradictory);
    }

    [Theory]
    [InlineData("Passed", true, false, "| `Tests.Shown` | pass, differs: it is not \\| so |")]
    [InlineData("Failed", false, false, "| `Tests.Shown` | **fail** |")]
    [InlineData("NotExecuted", false, true, "| `Tests.Shown` | open: the test did not run |")]
    public void ROW_ThatDiffers_PassesAndSaysSoOnlyIfATestShowsIt(string outcome, bool isDiffering, bool isOpen, string reported)
    {
        var verdict = Judge(outcome, reason: null, "it is not | so");

        Assert.Equal((isDiffering, isDiffering, isOpen), (verdict.IsPassing, verdict.IsDiffering, verdict.IsOpen));
        var report = Report.Write([verdict]);
        Assert.Contains($"| A-1 | M | It is so. {reported}\n", report, StringComparison.Ordinal);
        var differing = isDiffering ? 1 : 0;
        var failing = outcome == "Failed" ? 1 : 0;
        Assert.Contains($"| A | 1 | 1 | {differing} | {differing} | {failing} | 0 | {(isOpen ? 1 : 0)} |\n", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A-1\tA\tM\tIt is so.", null, null)]
    [InlineData("A-1\tA\tM\tIt is so.\tNot done.", "Not done.", null)]
    [InlineData("A-1\tA\tM\tIt is so.\t\tIt is not so.", null, "It is not so.")]
    public void ROW_Read_HasItsReasonAndItsDeviation(string line, string? reason, string? deviation)
    {
        var row = Assert.Single(InDirectory(directory =>
        {
            var path = Path.Combine(directory, "rows.tsv");
            File.WriteAllText(path, $"# a comment\n{line}\n");
            return Row.ReadAll(path);
        }));

        Assert.Equal(new Row("A-1", "A", "M", "It is so.", reason, deviation), row);
    }

    /// <summary>What holds for every mechanism is written once and run for each: NULL shows nothing of PLAIN or CURVE with it.</summary>
    [Theory]
    [InlineData(typeof(NullContract), "ZMTP30-1")]
    [InlineData(typeof(PlainServerContract), "PLAIN-1 ZMTP30-1")]
    [InlineData(typeof(CurveServerContract), "CURVE-1 CURVE-2 ZMTP30-1")]
    [InlineData(typeof(CipherContract), "CURVE-1 CURVE-2 PLAIN-1 ZMTP30-1")]
    [InlineData(typeof(NullOfItsOwn), "CURVE-3")]
    public void SPEC_OfAnInheritedTest_HasTheRowsOfTheClassesOwnMechanismOnly(Type type, string ids) =>
        Assert.Equal(ids, string.Join(' ', SpecScan.Ids(type, type.GetMethod(nameof(Contract.Show))!)));

    private static RowVerdict Judge(string outcome, string? reason, string? deviation) => InDirectory(directory =>
    {
        File.WriteAllText(
            Path.Combine(directory, "some.trx"),
            $"""
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
              <UnitTest id="1"><TestMethod className="{Test.ClassName}" name="{Test.Method}" /></UnitTest>
              <UnitTestResult testId="1" outcome="{outcome}" />
            </TestRun>
            """);
        return Assert.Single(
            RowVerdict.Judge([new Row("A-1", "A", "M", "It is so.", reason, deviation)], [Test], TrxResults.ReadAll(directory)));
    });

    private static T InDirectory<T>(Func<string, T> action)
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-");
        try
        {
            return action(directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // No tests themselves, and so not in the report.
    private abstract class Contract
    {
        [Spec("ZMTP30-1", "PLAIN-1", "CURVE-1")]
        public virtual void Show() => Assert.NotNull(this);
    }

    private sealed class NullContract : Contract;

    private sealed class PlainServerContract : Contract;

    [Spec("CURVE-2")]
    private abstract class CurveContract : Contract;

    private sealed class CurveServerContract : CurveContract;

    private sealed class CipherContract : CurveContract;

    private sealed class NullOfItsOwn
    {
        [Spec("CURVE-3")]
        public void Show() => Assert.NotNull(this);
    }
}
