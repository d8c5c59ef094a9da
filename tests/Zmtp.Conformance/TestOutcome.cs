namespace Zmtp.Conformance;

/// <summary>What became of a test method, all its cases taken together: the worst one counts.</summary>
internal enum TestOutcome
{
    NotRun,
    Passed,
    Skipped,
    Failed,
}
