using System.Globalization;

namespace Zmtp.Compare;

/// <summary>Makes the tables: the figures of each series, then each ratio with its goal.</summary>
internal sealed class Tables(ResultSet results, IReadOnlyList<Series> series)
{
    private const string Nothing = "–";

    /// <summary>How many goals there are, and how many hold.</summary>
    public (int Held, int All) CountGoals()
    {
        var held = 0;
        var all = 0;
        foreach (var cell in results.Cells)
        {
            foreach (var ratio in SeriesTable.Ratios(cell.Case))
            {
                if (results.Get(cell, ratio) is not { } value || Goals.Find(cell, ratio) is not { } goal) continue;
                all++;
                if (goal.Holds(value)) held++;
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
            .Where(ratio => section.Cells.Any(cell => results.Get(cell, ratio) is not null)).ToList();
        var table = new MarkdownTable(["", .. ratios.SelectMany(static ratio => (string[])[ratio.Name, "goal"])]);
        foreach (var cell in section.Cells)
        {
            table.Add([section.Label(cell), .. ratios.SelectMany(ratio => RatioAndGoal(cell, ratio))]);
        }

        return table;
    }

    private string[] RatioAndGoal(Cell cell, Ratio ratio)
    {
        if (results.Get(cell, ratio) is not { } value) return [Nothing, ""];
        var goal = Goals.Find(cell, ratio);
        return [Format.Ratio(value), goal is null ? "" : $"{goal} {(goal.Holds(value) ? "holds" : "MISSED")}"];
    }

    private string Figure(Cell cell, string name, Metric metric)
    {
        if (results.Median(cell, name, metric) is not { } value)
        {
            return results.Failures.Any(failure => failure.Series == name && failure.Cell == cell) ? "failed" : Nothing;
        }

        var text = metric == Metric.CpuPerMessage ? value.ToString("0.00", CultureInfo.InvariantCulture) : Format.Number(value);
        var isMain = metric == MetricsOf(cell.Case)[0];
        return isMain && results.Spread(cell, name, metric) is { } spread ? $"{text} ({Format.Percent(spread * 100)})" : text;
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
