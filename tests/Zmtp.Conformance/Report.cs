using System.Globalization;
using System.Text;

namespace Zmtp.Conformance;

/// <summary>Writes docs/CONFORMANCE.md. The same results give the same octets: nothing in it depends on the day or the machine.</summary>
internal static class Report
{
    private const int NamedTests = 5;

    public static string Write(IReadOnlyList<RowVerdict> verdicts)
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Conformance

            Every requirement of the specifications in the table, in our words, with the tests that show it. `./test.sh` writes this file
            from `docs/conformance-rows.tsv`, from the `[Spec]` attributes of the tests and from their results; it is not edited by hand.

            Level: M must, S should, s "should" in running prose, G follows from the grammar, O may, X not in a specification but needed
            to talk to libzmq or to stay safe. Shown: rows that a test names. Passing: those of them whose tests have all passed.
            Differing: those of the passing ones where we do, knowingly, something else than the row says; the tests show what, and the
            result says it. Explained: rows without a passing test but with a reason. Open: rows with neither.

            Without rows, since nothing of them is in this release: the draft socket types, which are RFC 41 CLIENTSERVER (47 is the same
            again), RFC 48 RADIO-DISH, RFC 49 SCATTERGATHER, RFC 51 P2P and RFC 52 CHANNEL, with RFC 50 MME, which packs multipart
            messages for them; ZeroMQ over WebSocket, which is RFC 45 and, before it, RFC 39; and RFC 38 GSSAPI. Nor has RFC 13 ZMTP 1.0
            any, whose peers are refused: the rows of RFC 23 and RFC 15 say how. RFC 25 is the mechanism of RFC 26 carried in ZMTP, and
            counted with it.


            """);
        WriteSummary(text, verdicts);
        foreach (var spec in verdicts.GroupBy(v => v.Row.Spec))
        {
            WriteSpec(text, spec.Key, spec);
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void WriteSummary(StringBuilder text, IReadOnlyList<RowVerdict> verdicts)
    {
        text.Append("| Specification | Rows | Shown | Passing | Differing | Failing | Explained | Open |\n");
        text.Append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var spec in verdicts.GroupBy(v => v.Row.Spec))
        {
            WriteCounts(text, spec.Key, [.. spec]);
        }

        WriteCounts(text, "**All**", verdicts);
    }

    private static void WriteCounts(StringBuilder text, string name, IReadOnlyList<RowVerdict> verdicts)
    {
        Func<RowVerdict, bool>[] columns =
            [_ => true, v => v.IsShown, v => v.IsPassing, v => v.IsDiffering, v => v.HasFailed, v => v.IsExplained, v => v.IsOpen];
        var counts = columns.Select(column => verdicts.Count(column).ToString(CultureInfo.InvariantCulture));
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", counts)} |\n");
    }

    private static void WriteSpec(StringBuilder text, string name, IEnumerable<RowVerdict> verdicts)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n");
        text.Append("| Row | Level | Requirement | Tests | Result |\n");
        text.Append("| --- | --- | --- | --- | --- |\n");
        foreach (var verdict in verdicts)
        {
            var row = verdict.Row;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {row.Id} | {row.Level} | {Escape(row.Text)} | {Tests(verdict)} | {Escape(Result(verdict))} |\n");
        }
    }

    private static string Tests(RowVerdict verdict)
    {
        var names = verdict.Tests.Take(NamedTests).Select(pair => $"`{pair.Test.ShortName}`");
        int more = verdict.Tests.Count - NamedTests;
        return string.Join("<br>", more > 0 ? names.Append($"and {more} more") : names);
    }

    private static string Result(RowVerdict verdict) => verdict switch
    {
        { HasFailed: true } => "**fail**",
        { IsPassing: true, Row.Deviation: { } deviation } => "pass, differs: " + deviation,
        { IsPassing: true } => "pass",
        { Row.Reason: { } reason } => "— " + reason,
        { IsShown: true } => "open: the test did not run",
        _ => "open",
    };

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
