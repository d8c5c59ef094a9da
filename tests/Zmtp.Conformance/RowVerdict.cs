namespace Zmtp.Conformance;

/// <summary>A row with the tests that show it.</summary>
internal sealed record RowVerdict(Row Row, IReadOnlyList<(SpecTest Test, TestOutcome Outcome)> Tests)
{
    /// <summary>Whether a test names the row.</summary>
    public bool IsShown => Tests.Count > 0;

    /// <summary>Whether a test that names the row failed.</summary>
    public bool HasFailed => Tests.Any(test => test.Outcome == TestOutcome.Failed);

    /// <summary>Whether tests name the row and all of them passed.</summary>
    public bool IsPassing => IsShown && Tests.All(test => test.Outcome == TestOutcome.Passed);

    /// <summary>Whether no passing test but a reason stands beside the row.</summary>
    public bool IsExplained => !IsPassing && !HasFailed && Row.Reason is not null;

    /// <summary>Whether the row has neither a passing test nor a reason.</summary>
    public bool IsOpen => !IsPassing && !HasFailed && Row.Reason is null;

    /// <summary>Whether a passing test and a reason why there is none stand beside the row.</summary>
    public bool IsContradictory => IsPassing && Row.Reason is not null;

    /// <summary>Brings rows, tests and outcomes together.</summary>
    public static IReadOnlyList<RowVerdict> Judge(IReadOnlyList<Row> rows, IReadOnlyList<SpecTest> tests, TrxResults results)
    {
        var byId = tests
            .SelectMany(test => test.Ids.Select(id => (Id: id, Test: test)))
            .ToLookup(pair => pair.Id, pair => (pair.Test, results[pair.Test.ClassName, pair.Test.Method]));
        return
        [
            .. rows.Select(row => new RowVerdict(row, [.. byId[row.Id].OrderBy(pair => pair.Test.ShortName, StringComparer.Ordinal)])),
        ];
    }
}
