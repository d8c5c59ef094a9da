using Zmtp.Conformance;

// Zmtp.Conformance <rows.tsv> <directory of trx files> <report.md> <test assembly>...
// Exit code 0: written, nothing failed. 1: written, a row's test failed. 2: an id is unknown, a row is shown and explained away
// both or neither, or said to differ and explained away, or the call is wrong.
const int Failed = 1;
const int Wrong = 2;

if (args.Length < 4)
{
    Console.Error.WriteLine("usage: Zmtp.Conformance <rows.tsv> <directory of trx files> <report.md> <test assembly>...");
    return Wrong;
}

var rows = Row.ReadAll(args[0]);
SpecTest[] tests = [.. args[3..].Select(Path.GetFullPath).SelectMany(SpecScan.Scan)];
var known = rows.Select(row => row.Id).ToHashSet();
var unknown = tests
    .SelectMany(test => test.Ids.Where(id => !known.Contains(id)).Select(id => (test, id)))
    .Select(pair => $"{pair.test.ShortName}: [Spec] names {pair.id}, which is no row of {args[0]}.")
    .ToList();
unknown.ForEach(Console.Error.WriteLine);

var verdicts = RowVerdict.Judge(rows, tests, TrxResults.ReadAll(args[1]));
var contradictory = verdicts.Where(v => v.IsContradictory).ToList();
contradictory.ForEach(v => Console.Error.WriteLine(v.Row.Deviation is null
    ? $"{v.Row.Id}: {v.Tests[0].Test.ShortName} shows it, and {args[0]} says why no test does. Drop the [Spec] or the reason."
    : $"{v.Row.Id}: {args[0]} says why no test shows it, and in what we differ. Drop one of the two."));
var open = verdicts.Where(v => v.IsOpen).ToList();
open.ForEach(v => Console.Error.WriteLine($"{v.Row.Id}: no test that passed shows it, and {args[0]} does not say why. Add a [Spec] or a reason."));
File.WriteAllText(args[2], Report.Write(verdicts));
Console.WriteLine(
    $"conformance: {rows.Count} rows, {verdicts.Count(v => v.IsShown)} shown, {verdicts.Count(v => v.IsPassing)} passing, "
    + $"{verdicts.Count(v => v.IsDiffering)} of them differing, "
    + $"{verdicts.Count(v => v.HasFailed)} failing, {verdicts.Count(v => v.IsExplained)} explained, {open.Count} open");
return unknown.Count + contradictory.Count + open.Count > 0 ? Wrong : verdicts.Any(v => v.HasFailed) ? Failed : 0;
