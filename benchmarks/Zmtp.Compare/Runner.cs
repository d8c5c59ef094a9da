namespace Zmtp.Compare;

/// <summary>
/// Measures the cells, the series in turns within each of them, and cells that are compared with each other in the same turns: what disturbs
/// the machine disturbs all of them.
/// </summary>
internal sealed class Runner(IReadOnlyList<Series> series, double seconds, ForeignLoad load, TextWriter lines, TextWriter progress)
{
    /// <summary>How long a measurement may take, whatever it does: then it hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    /// <returns>All lines, also those that say what went wrong.</returns>
    public ResultSet Run(IReadOnlyList<Cell> cells)
    {
        var results = new ResultSet(cells);
        var done = 0;
        foreach (var group in Plan.Groups(cells))
        {
            load.Look(progress);
            var turn = group.SelectMany(cell => series.Where(one => one.Has(cell)).Select(one => (Cell: cell, Series: one))).ToList();
            var rates = turn.ToDictionary(static pair => pair, pair => Try(pair.Cell, pair.Series, results));
            for (var run = 0; run < group.Max(static cell => cell.Runs); run++)
            {
                foreach (var pair in turn.Where(pair => run < pair.Cell.Runs))
                {
                    var measurement = Run(pair.Cell, pair.Series, run, Plan.Arguments(pair.Cell, pair.Series, seconds, rates[pair]));
                    results.Add(measurement);
                    if (measurement.Get(Metric.Rate) is { } rate) rates[pair] = Math.Max(rate, rates[pair] ?? 0);
                }
            }

            foreach (var cell in group)
            {
                var summaries = turn.Where(pair => pair.Cell == cell).Select(pair => Summary(results, cell, pair.Series));
                progress.WriteLine($"[{++done}/{cells.Count}] {cell.Name}: {string.Join(", ", summaries)}");
            }
        }

        return results;
    }

    private static string Summary(ResultSet results, Cell cell, Series one)
    {
        var metric = cell.Case switch
        {
            CaseNames.Latency => Metric.P50,
            CaseNames.Connections => Metric.ServerKb,
            _ => Metric.Rate,
        };
        return results.Median(cell, one.Name, metric) is { } value ? $"{one.Name} {Format.Number(value)}" : $"{one.Name} failed";
    }

    /// <summary>Lets a series show that it loses nothing and mixes nothing up. Its figures do not count.</summary>
    /// <returns>Its rate; null if it had none, or if there is nothing to show.</returns>
    private double? Try(Cell cell, Series one, ResultSet results)
    {
        if (Plan.TrialArguments(cell, one) is not { } arguments) return null;
        var trial = Run(cell, one, Measurement.Trial, arguments);
        if (trial.Error is not null) results.Add(trial);
        return trial.Get(Metric.Rate);
    }

    private Measurement Run(Cell cell, Series one, int run, IReadOnlyList<string> arguments)
    {
        var measurement = Measurement.Read(cell, one.Name, run, PeerProcess.Run([.. one.Peer.Command, .. arguments], Limit));
        lines.WriteLine(measurement.Json);
        lines.Flush();
        if (measurement.Error is not null) progress.WriteLine($"error: {one.Name} {cell.Name}, {measurement.RunName}: {measurement.Error}");
        return measurement;
    }
}
