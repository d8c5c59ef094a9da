using Xunit;
using Zmtp.Conformance;

namespace Zmtp.Core.Tests;

/// <summary>The tool that writes docs/CONFORMANCE.md.</summary>
public sealed class ConformanceTests
{
    private static readonly SpecTest Test = new("Some.Tests", "Shown", ["A-1"]);

    [Theory]
    [InlineData("Passed", null, false)]
    [InlineData("Passed", "there is no such feature", true)]
    [InlineData("Failed", "there is no such feature", false)]
    [InlineData("NotExecuted", "there is no such feature", false)]
    public void ROW_WithATestAndAReason_IsContradictoryIfTheTestPasses(string outcome, string? reason, bool isContradictory)
    {
        var verdict = Judge(outcome, reason);

        Assert.True(verdict.IsShown);
        Assert.Equal(isContradictory, verdict.IsContradictory);
    }

    private static RowVerdict Judge(string outcome, string? reason)
    {
        var directory = Directory.CreateTempSubdirectory("zmtp-");
        try
        {
            File.WriteAllText(
                Path.Combine(directory.FullName, "some.trx"),
                $"""
                <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
                  <UnitTest id="1"><TestMethod className="{Test.ClassName}" name="{Test.Method}" /></UnitTest>
                  <UnitTestResult testId="1" outcome="{outcome}" />
                </TestRun>
                """);
            return Assert.Single(RowVerdict.Judge([new Row("A-1", "A", "M", "It is so.", reason)], [Test], TrxResults.ReadAll(directory.FullName)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
