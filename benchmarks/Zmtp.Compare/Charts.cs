namespace Zmtp.Compare;

/// <summary>
/// Makes the charts. Rates are drawn in units of libzmq's, because they go over four orders of magnitude from one size to another; the
/// figure itself stands beside the bar. Times and memory are drawn as they are.
/// </summary>
internal sealed class Charts(ResultSet results, IReadOnlyList<Series> series)
{
    /// <returns>Null when there is nothing to draw.</returns>
    public BarChart? Of(Section section)
    {
        var isRelative = section.Case is not (CaseNames.Latency or CaseNames.Connections);
        var groups = section.Cells.Select(cell => new BarGroup(section.Label(cell), [.. Bars(cell, isRelative)]))
            .Where(static group => group.Bars.Count > 0).ToList();
        if (groups.Count == 0) return null;
        var drawn = groups.SelectMany(static group => group.Bars).Select(static bar => bar.Series).ToHashSet();
        return new BarChart
        {
            Title = section.Title,
            Subtitle = section.Case switch
            {
                CaseNames.Latency => "µs, median of the round trips: shorter is better",
                CaseNames.Connections => "KiB of the server's memory for each connection: shorter is better",
                _ => "times libzmq's rate: longer is better",
            },
            Groups = groups,
            Colours = [.. series.Where(one => drawn.Contains(one.Name)).Select(static one => (one.Name, one.Colour))],
            Mark = isRelative ? 1 : null,
        };
    }

    private IEnumerable<Bar> Bars(Cell cell, bool isRelative)
    {
        var metric = cell.Case switch
        {
            CaseNames.Latency => Metric.P50,
            CaseNames.Connections => Metric.ServerKb,
            _ => Metric.Rate,
        };
        foreach (var one in series)
        {
            if (results.Median(cell, one.Name, metric) is not { } value) continue;
            var ratio = new Ratio(one.Name, SeriesTable.Libzmq, metric);
            var isReference = one.Name == SeriesTable.Libzmq;
            var goal = BoundOf(cell, ratio);
            if (!isRelative)
            {
                yield return new Bar(one.Name, value, Format.Number(value), goal * results.Median(cell, SeriesTable.Libzmq, metric));
            }
            else if (results.Get(cell, ratio) is { } times)
            {
                yield return new Bar(one.Name, times, Label(times, value, isReference), goal);
            }
        }
    }

    /// <summary>
    /// Where a bar is to reach; nowhere if it lacks a run. Over ipc that is where it would just be as far ahead as tcp was in the same turns.
    /// </summary>
    private double? BoundOf(Cell cell, Ratio ratio)
    {
        if (!SeriesTable.Ratios(cell.Case).Contains(ratio) || results.LacksRuns(cell, ratio)) return null;
        var ofTcps = ratio with { IsOfTcps = true };
        return Goals.Find(cell, ratio)?.Bound
            ?? Goals.Find(cell, ofTcps)?.Bound * results.Get(cell, ratio) / results.Get(cell, ofTcps);
    }

    private static string Label(double times, double value, bool isReference) =>
        isReference ? $"{Format.Number(value)}/s" : $"{Format.Ratio(times)} × · {Format.Number(value)}/s";
}
