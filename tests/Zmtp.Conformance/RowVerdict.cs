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

    /// <summary>Whether the tests pass, and what they show is known to differ from the row.</summary>
    public bool IsDiffering => IsPassing && Row.Deviation is not null;

    /// <summary>Whether no passing test but a reason stands beside the row.</summary>
    public bool IsExplained => !IsPassing && !HasFailed && Row.Reason is not null;

    /// <summary>Whether the row has neither a passing test nor a reason. A deviation is none: tests show it.</summary>
    public bool IsOpen => !IsPassing && !HasFailed && Row.Reason is null;

    /// <summary>Whether a reason why no test shows the row stands beside a passing test, or beside a deviation, which tests show.</summary>
    public bool IsContradictory => Row.Reason is not null && (IsPassing || Row.Deviation is not null);

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
