using System.Globalization;

namespace Zmtp.Compare;

/// <summary>Makes the tables: the figures of each series, then each ratio with its goal.</summary>
internal sealed class Tables(ResultSet results, IReadOnlyList<Series> series)
{
    private const string Nothing = "–";
    private const string Failed = "failed";
    private const string Held = "holds";
    private const string Missed = "MISSED";

    /// <summary>How many goals there are, and how many hold: one that lacks a run does not.</summary>
    public (int Held, int All) CountGoals()
    {
        var held = 0;
        var all = 0;
        foreach (var cell in results.Cells)
        {
            foreach (var ratio in SeriesTable.Ratios(cell.Case))
            {
                if (!results.WasTried(cell, ratio) || Goals.Find(cell, ratio) is not { } goal) continue;
                all++;
                if (Judge(goal, cell, ratio) == Held) held++;
            }
        }

        return (held, all);
    }

    /// <summary>What each series measured.</summary>
    public MarkdownTable Figures(Section section)
    {
        var metrics = MetricsOf(section.Case);
        var columns = series.Where(one => section.Cells.Any(one.Has))
            .SelectMany(one => metrics.Select(metric => (one.Name, Metric: metric))).ToList();
        var table = new MarkdownTable(["", .. columns.Select(static column => $"{column.Name} {Unit(column.Metric)}")]);
        foreach (var cell in section.Cells)
        {
            table.Add([section.Label(cell), .. columns.Select(column => Figure(cell, column.Name, column.Metric))]);
        }

        return table;
    }

    /// <summary>Who is how many times as fast, beside what is wanted.</summary>
    public MarkdownTable Ratios(Section section)
    {
        var ratios = SeriesTable.Ratios(section.Case)
            .Where(ratio => section.Cells.Any(cell => results.WasTried(cell, ratio))).ToList();
        var table = new MarkdownTable(["", .. ratios.SelectMany(static ratio => (string[])[ratio.Name, "goal"])]);
        foreach (var cell in section.Cells)
        {
            table.Add([section.Label(cell), .. ratios.SelectMany(ratio => RatioAndGoal(cell, ratio))]);
        }

        return table;
    }

    private string[] RatioAndGoal(Cell cell, Ratio ratio)
    {
        if (!results.WasTried(cell, ratio)) return [Nothing, ""];
        var text = results.Get(cell, ratio) is { } value ? Format.Ratio(value) : Failed;
        return [text, Goals.Find(cell, ratio) is { } goal ? $"{goal} {Judge(goal, cell, ratio)}" : ""];
    }

    /// <summary>Whether a goal holds. Of a pair of which a run has failed nobody knows: what is left may be the runs that went well.</summary>
    private string Judge(Goal goal, Cell cell, Ratio ratio)
    {
        if (results.LacksRuns(cell, ratio) || results.Get(cell, ratio) is not { } value) return Failed;
        return goal.Holds(value) ? Held : Missed;
    }

    private string Figure(Cell cell, string name, Metric metric)
    {
        var failures = results.CountFailures(cell, name);
        if (results.Median(cell, name, metric) is not { } value) return failures > 0 ? Failed : Nothing;
        var text = metric == Metric.CpuPerMessage ? value.ToString("0.00", CultureInfo.InvariantCulture) : Format.Number(value);
        if (metric != MetricsOf(cell.Case)[0]) return text;
        if (failures > 0) return $"{text} ({failures} of {cell.Runs} failed)";
        return results.Spread(cell, name, metric) is { } spread ? $"{text} ({Format.Percent(spread * 100)})" : text;
    }

    /// <summary>The first one is the one that matters.</summary>
    private static IReadOnlyList<Metric> MetricsOf(string name) => name switch
    {
        CaseNames.Latency => [Metric.P50, Metric.P99],
        CaseNames.Connections => [Metric.ServerKb, Metric.ClientKb],
        _ => [Metric.Rate, Metric.CpuPerMessage],
    };

    private static string Unit(Metric metric) => metric switch
    {
        Metric.Rate => "/s",
        Metric.P50 => "p50 µs",
        Metric.P99 => "p99 µs",
        Metric.CpuPerMessage => "µs CPU",
        Metric.ServerKb => "server KiB",
        _ => "client KiB",
    };
}
